"""The worker of the reference service: it keeps the database in shape and delivers webhooks."""
