"""Hold in the database that versions stay in their framework's tenant, parents in their version, and the past as it was.

A tenant's content can be erased: `set_config('app.erasing', 'on', true)` lets deletes through until the transaction ends.
"""

from django.db import migrations

FOREIGN_KEYS = [
    ("coding_frameworkversion", "version_in_its_framework", "(tenant_id, framework_id)", "coding_codingframework (tenant_id, id)"),
    ("coding_code", "code_in_its_version", "(tenant_id, version_id)", "coding_frameworkversion (tenant_id, id)"),
    ("coding_code", "parent_in_the_same_version", "(tenant_id, version_id, parent_id)", "coding_code (tenant_id, version_id, id)"),
]

GUARD_VERSION = """
create function guard_framework_version() returns trigger language plpgsql as $$
begin
    if current_setting('app.erasing', true) = 'on' or old.status = 'draft' then
        return coalesce(new, old);
    end if;
    if tg_op = 'DELETE' then
        raise exception 'a published version is not deleted';
    end if;
    if old.status = 'published' and new.status = 'archived'
        and to_jsonb(new) - 'status' = to_jsonb(old) - 'status' then
        return new;
    end if;
    raise exception 'a published version is frozen';
end $$
"""
GUARD_CODE = """
create function guard_code() returns trigger language plpgsql as $$
declare
    version_status text;
    ancestor uuid;
    steps integer := 0;
begin
    if current_setting('app.erasing', true) = 'on' and tg_op = 'DELETE' then
        return old;
    end if;
    select status into version_status from coding_frameworkversion where id = coalesce(new.version_id, old.version_id);
    if version_status is distinct from 'draft' then
        raise exception 'the codes of a published version are frozen';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    if tg_op = 'UPDATE' and new.version_id <> old.version_id then
        raise exception 'a code stays in its version';
    end if;
    ancestor := new.parent_id;
    while ancestor is not null and steps < 1000 loop
        if ancestor = new.id then
            raise exception 'a code cannot stand under itself';
        end if;
        select parent_id into ancestor from coding_code where id = ancestor;
        steps := steps + 1;
    end loop;
    return new;
end $$
"""
GUARD_ASSIGNMENT = """
create function guard_code_assignment() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('app.erasing', true) = 'on' then
        return old;
    end if;
    raise exception 'code assignments are append-only';
end $$
"""
TRIGGERS = [
    ("versions_are_frozen", "coding_frameworkversion", "before update or delete", "guard_framework_version"),
    ("codes_are_frozen", "coding_code", "before insert or update or delete", "guard_code"),
    ("assignments_are_append_only", "coding_codeassignment", "before update or delete", "guard_code_assignment"),
]


class Migration(migrations.Migration):
    dependencies = [("coding", "0002_row_level_security")]

    operations = [
        migrations.RunSQL(
            sql=[
                *(
                    f"alter table {table} add constraint {name} foreign key {columns} references {target}"
                    " deferrable initially deferred"
                    for table, name, columns, target in FOREIGN_KEYS
                ),
                *(function.replace("%", "%%") for function in (GUARD_VERSION, GUARD_CODE, GUARD_ASSIGNMENT)),
                *(
                    f"create trigger {name} {moment} on {table} for each row execute function {function}()"
                    for name, table, moment, function in TRIGGERS
                ),
            ],
            reverse_sql=[
                *(f"drop trigger {name} on {table}" for name, table, _, _ in TRIGGERS),
                *(f"drop function {function}()" for _, _, _, function in TRIGGERS),
                *(f"alter table {table} drop constraint {name}" for table, name, _, _ in reversed(FOREIGN_KEYS)),
            ],
        ),
    ]
