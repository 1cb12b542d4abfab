-- Primary and foreign keys of the plain tables; run after the load.

alter table currencies         add primary key (code);
alter table jobs               add primary key (id);
alter table executions         add primary key (id);
alter table matches            add primary key (id);
alter table unmatched          add primary key (id);
alter table reports            add primary key (id);
alter table webhook_deliveries add primary key (id);
alter table audit_logs         add primary key (id);

alter table executions         add foreign key (job_id)       references jobs (id);
alter table matches            add foreign key (job_id)       references jobs (id),
                               add foreign key (execution_id) references executions (id),
                               add foreign key (currency)     references currencies (code);
alter table unmatched          add foreign key (job_id)       references jobs (id),
                               add foreign key (execution_id) references executions (id),
                               add foreign key (currency)     references currencies (code);
alter table reports            add foreign key (job_id)       references jobs (id),
                               add foreign key (execution_id) references executions (id);
alter table webhook_deliveries add foreign key (job_id)       references jobs (id);
