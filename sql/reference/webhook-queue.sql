-- The queue of webhooks is the table webhook_deliveries itself: status pending (not tried yet),
-- failed with a next_retry_at (to be tried again), delivered, or dead (given up). Workers take rows
-- with `for update skip locked`, so that any number of them can share it.

-- What was never tried is rare beside what was delivered; idx_webhook_deliveries_pending_retry
-- holds the other half of the queue.
create index idx_webhook_deliveries_pending on webhook_deliveries (created_at)
    where status = 'pending';

-- This service reaches nobody but its own machine: an address in digits, so no name is looked up,
-- and no user before an @ that would hide another host.
create function is_loopback_url(url text)
returns boolean
language sql
immutable
as $$
select url ~ '^http://(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?(/|$)'
$$;

-- Wakes the workers when there is something to do; an idle one asks nothing of the database.
create function announce_webhook_deliveries()
returns trigger
language plpgsql
as $$
begin
    notify webhook_deliveries;
    return null;
end
$$;

create trigger webhook_deliveries_announce
    after insert on webhook_deliveries
    for each statement execute function announce_webhook_deliveries();
