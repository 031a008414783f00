{#- dbt builds a table beside the old one and swaps the names. The swap waits for whoever
    reads the old one, and would make everybody who comes later wait behind it: it tries for
    a moment, and steps aside again and again. Rights given on the old one go over. #}
{% macro postgres__rename_relation(from_relation, to_relation) -%}
    {%- set rename -%}
        alter table {{ from_relation }}
        rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}
    {%- endset -%}
    {% call statement('rename_relation') -%}
        {{ without_blocking_readers(rename, from_relation) }}
    {%- endcall %}
    {% call statement('keep_rights') -%}
        {{ keep_rights(make_backup_relation(to_relation, 'table'), to_relation) }}
    {%- endcall %}
{%- endmacro %}


{#- Run a statement that nobody may read beside. Other readers wait a quarter of a second
    before they are let through; where one query follows the other, so that there is no such
    quarter without one, more each time, but never more than five seconds. Autovacuum steps
    aside after one. A reader who stays too long is named. -#}
{% macro without_blocking_readers(command, relation) -%}
do $mirante$
declare
    ate timestamptz := clock_timestamp() + interval '{{ var("espera_por_leitores") | int }} seconds';
    limite text := current_setting('lock_timeout');
    paciencia numeric := 250;
    quem text;
begin
    loop
        begin
            perform set_config('lock_timeout', paciencia::int || 'ms', true);
            execute $comando${{ command }}$comando$;
            perform set_config('lock_timeout', limite, true);
            return;
        exception when lock_not_available then
            null;
        end;
        if clock_timestamp() > ate then
            select string_agg(
                format(
                    '%s (usuário %s, sessão %s do Postgres, desde %s)',
                    coalesce(nullif(sessoes.application_name, ''), 'um programa sem nome'),
                    coalesce(sessoes.usename, '?'),
                    travas.pid,
                    coalesce(to_char(sessoes.xact_start, 'DD/MM/YYYY HH24:MI:SS'), '?')
                ),
                '; '
            )
            into quem
            from pg_locks as travas
            left join pg_stat_activity as sessoes on travas.pid = sessoes.pid
            where
                travas.relation = to_regclass('{{ relation }}')
                and travas.granted
                and travas.pid != pg_backend_pid();
            raise exception using
                errcode = 'lock_not_available',
                message = format(
                    '%s não pôde ser trocada em {{ var("espera_por_leitores") | int }} s: está em uso por %s. '
                    'Fica como estava; encerre essa leitura e construa de novo.',
                    '{{ relation.schema }}.{{ relation.identifier }}',
                    coalesce(quem, 'quem a soltou agora')
                );
        end if;
        paciencia := least(paciencia * 1.4, 5000);
        perform pg_sleep(0.75);
    end loop;
end $mirante$
{%- endmacro %}


{#- dbt makes a new table, and rights that somebody gave by hand stood on the old one. -#}
{% macro keep_rights(old_relation, new_relation) -%}
do $mirante$
declare
    direito record;
begin
    for direito in
        select grantee, privilege_type, is_grantable
        from pg_class cross join aclexplode(relacl)
        where pg_class.oid = to_regclass('{{ old_relation }}')
        except
        select grantee, privilege_type, is_grantable
        from pg_class cross join aclexplode(relacl)
        where pg_class.oid = to_regclass('{{ new_relation }}')
    loop
        execute format(
            'grant %s on %s to %s%s',
            direito.privilege_type,
            '{{ new_relation }}',
            case
                when direito.grantee = 0 then 'public'
                else direito.grantee::regrole::text
            end,
            case when direito.is_grantable then ' with grant option' else '' end
        );
    end loop;
end $mirante$
{%- endmacro %}
