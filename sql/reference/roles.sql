-- The two roles of the reference service; run once by a superuser, in the database itself.
-- Passwords are set afterwards by the program that starts the server, so none is written here.

-- The application's role: it owns the schema and everything in it.
create role reconciliation login;

-- The checker's role: it reads statistics (pg_monitor) and rows, and can change nothing.
create role perfcheck login;
grant pg_monitor to perfcheck;

-- PostgreSQL 14 lets everybody create in public, and every version lets everybody create
-- temporary tables: neither is wanted here.
alter schema public owner to reconciliation;
revoke create on schema public from public;
revoke all on database reconciliation from public;
grant all on database reconciliation to reconciliation;
grant connect on database reconciliation to perfcheck;
grant usage on schema public to perfcheck;

-- What the application creates from now on is readable for the checker: tables, partitions, views.
alter default privileges for role reconciliation in schema public grant select on tables to perfcheck;
