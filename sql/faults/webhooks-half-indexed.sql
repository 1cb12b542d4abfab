-- Partition webhook_deliveries, and attach the index of one partition only: the parent's index
-- stays invalid, as after a build that was given up in the middle.

alter table webhook_deliveries rename to webhook_deliveries_before;
create table webhook_deliveries (like webhook_deliveries_before including defaults)
    partition by hash (id);
create table webhook_deliveries_0 partition of webhook_deliveries
    for values with (modulus 2, remainder 0);
create table webhook_deliveries_1 partition of webhook_deliveries
    for values with (modulus 2, remainder 1);
insert into webhook_deliveries select * from webhook_deliveries_before;
drop table webhook_deliveries_before;
create index idx_webhook_deliveries_pending_retry on only webhook_deliveries (next_retry_at)
 where status = 'failed' and next_retry_at is not null;
create index webhook_deliveries_0_pending_retry on webhook_deliveries_0 (next_retry_at)
 where status = 'failed' and next_retry_at is not null;
alter index idx_webhook_deliveries_pending_retry
    attach partition webhook_deliveries_0_pending_retry;
alter table webhook_deliveries owner to reconciliation;
grant select on webhook_deliveries, webhook_deliveries_0, webhook_deliveries_1 to perfcheck;
