{#- The moment at which contracts that the position no longer has are gone: the position's
    own, as for all that history says. A position of which no line is good has it too. #}
{% macro position_time() -%}
    {%- set judged = adapter.get_relation(
        database=target.database,
        schema=generate_schema_name('intermediate', none),
        identifier='int_carteira__contratos_conferidos'
    ) -%}
    coalesce(
        (select carregado_em from {{ ref('int_carteira__contratos_versionados') }} limit 1),
        {%- if judged is not none %}
        (select max(carregado_em) at time zone 'utc' from {{ judged }}),
        {%- endif %}
        now() at time zone 'utc'
    )
{%- endmacro %}


{#- A condition for tables with `arquivo_sha256` and `carregado_em`: their rows are of loads
    that were taken back. A later load of the same bytes is in force. #}
{% macro of_positions_taken_back(utc=false) -%}
    exists (
        select 1
        from {{ ref('stg_carteira__retiradas') }} as retiradas
        where
            retiradas.arquivo_sha256 = {{ this }}.arquivo_sha256
            and {{ this }}.carregado_em
            < retiradas.retirado_em {{ "at time zone 'utc'" if utc }}
    )
{%- endmacro %}


{#- A macro for the snapshot's `pre_hook`, in its transaction: history as if a position that
    was taken back had never come. All since then is forgotten, and what the later
    positions said is read from their files again: one of them may have said what the
    forgotten one said first. -#}
{% macro forget_withdrawn_positions() -%}
    {%- set retiradas = ref('stg_carteira__retiradas') -%}
    {%- set arquivos = ref('stg_carteira__arquivos') -%}
    {%- set linhas = ref('int_carteira__contratos_posicionados') -%}
    {%- set history = adapter.get_relation(
        this.database, this.schema, this.identifier
    ) if execute -%}
    {%- set since = forgotten_since(history, retiradas) if history -%}
    {%- if since -%}
        {%- set positions = positions_after(since, history, arquivos) -%}
        {%- set still = config.get('dbt_valid_to_current') -%}
        delete from {{ history }}
        where dbt_valid_from >= cast('{{ since }}' as timestamp);

        update {{ history }}
        set dbt_valid_to = {{ still }}
        where dbt_valid_to >= cast('{{ since }}' as timestamp);

        {%- if positions %}
        {{ replay_positions(history, linhas, positions, still) }};
        {%- endif %}
    {%- endif -%}
{%- endmacro %}


{#- The positions that history has seen. Its ledger is built after it, from it: looked up by
    name, and what a build that was cut off left in history alone is there too. #}
{% macro seen_positions(history, files=none) -%}
    {%- set ledger = adapter.get_relation(
        database=target.database,
        schema=generate_schema_name('intermediate', none),
        identifier='int_carteira__posicoes_versionadas'
    ) -%}
    {%- if ledger is not none -%}
        select
            arquivo_sha256,
            carregado_em
        from {{ ledger }}
        union distinct
    {% endif -%}
    select
        arquivo_sha256,
        carregado_em
    from {{ history }}
    where
        dbt_is_deleted = 'False'
        {%- if files is not none %}
        and {{ of_files('arquivo_sha256', files) }}
        {%- endif %}
{%- endmacro %}


{#- When the first position that was taken back, and that history still knows, was loaded. #}
{% macro forgotten_since(history, retiradas) -%}
    {%- set withdrawn = run_query('select count(*) from ' ~ retiradas).columns[0][0] -%}
    {%- if not withdrawn -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set query -%}
        select cast(min(vistas.carregado_em) as text)
        from ({{ seen_positions(history, retiradas) }}) as vistas
        inner join {{ retiradas }} as retiradas
            on
                vistas.arquivo_sha256 = retiradas.arquivo_sha256
                and vistas.carregado_em < retiradas.retirado_em at time zone 'utc'
    {%- endset -%}
    {{ return(run_query(query).columns[0][0]) }}
{%- endmacro %}


{#- The positions in force that history saw after a moment, in their order. #}
{% macro positions_after(since, history, arquivos) -%}
    {%- set query -%}
        select
            vistas.arquivo_sha256,
            cast(vistas.carregado_em as text) as momento
        from ({{ seen_positions(history) }}) as vistas
        inner join {{ arquivos }} as arquivos
            on
                vistas.arquivo_sha256 = arquivos.arquivo_sha256
                and vistas.carregado_em = arquivos.carregado_em at time zone 'utc'
        where vistas.carregado_em > cast('{{ since }}' as timestamp)
        order by vistas.carregado_em
    {%- endset -%}
    {{ return(run_query(query).rows) }}
{%- endmacro %}


{#- What the snapshot would have done at each of some positions, one after another: dbt's
    strategy `check` with `hard_deletes: new_record`. Position 0 is what history ends with. #}
{% macro replay_positions(history, linhas, positions, still) -%}
    {%- set key = config.get('unique_key') -%}
    {#- What history does not have yet it gets from dbt, after this. -#}
    {%- set known = adapter.get_columns_in_relation(history) | map(attribute='name') | list -%}
    {%- set columns = adapter.get_columns_in_relation(linhas) | map(attribute='name')
        | select('in', known) | list -%}
    {%- set checked = config.get('check_cols') | select('in', columns) | list -%}
    with

    posicoes (arquivo_sha256, momento, nr) as (

        values
        {%- for position in positions %}
        ('{{ position[0] }}', cast('{{ position[1] }}' as timestamp), {{ loop.index }})
        {{- "," if not loop.last }}
        {%- endfor %}

    ),

    abertas as (

        select * from {{ history }}
        where dbt_valid_to = {{ still }}

    ),

    vistos as (

        select
            0 as nr,
            {{ columns | join(', ') }}
        from abertas
        where dbt_is_deleted = 'False'

        union all

        select
            posicoes.nr,
            {%- for column in columns %}
            linhas.{{ column }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ linhas }} as linhas
        inner join posicoes
            on linhas.arquivo_sha256 = posicoes.arquivo_sha256
        where {{ in_files('linhas.arquivo_sha256', positions | map(attribute=0) | list) }}

    ),

    mudancas as (

        select
            atual.{{ key }} as chave,
            atual.nr,
            atual.nr as nr_dos_valores
        from vistos as atual
        left join vistos as antes
            on
                atual.{{ key }} = antes.{{ key }}
                and atual.nr = antes.nr + 1
        where
            atual.nr > 0
            and (
                antes.{{ key }} is null
                or row({% for column in checked %}
                    atual.{{ column }}{{ "," if not loop.last }}
                {%- endfor %}) is distinct from row({% for column in checked %}
                    antes.{{ column }}{{ "," if not loop.last }}
                {%- endfor %})
            )

        union all

        -- Gone: its row repeats the values that it had.
        select
            antes.{{ key }} as chave,
            antes.nr + 1 as nr,
            null as nr_dos_valores
        from vistos as antes
        left join vistos as atual
            on
                antes.{{ key }} = atual.{{ key }}
                and antes.nr + 1 = atual.nr
        where
            antes.nr < {{ positions | length }}
            and atual.{{ key }} is null

        union all

        select
            {{ key }} as chave,
            0 as nr,
            case when dbt_is_deleted = 'False' then 0 end as nr_dos_valores
        from abertas

    ),

    periodos as (

        select
            chave,
            nr,
            nr_dos_valores is null as fl_ausente,
            coalesce(nr_dos_valores, lag(nr_dos_valores) over da_chave)
                as nr_dos_valores,
            lead(nr) over da_chave as nr_ate
        from mudancas
        window da_chave as (partition by chave order by nr)

    ),

    fechadas as (

        update {{ history }}
        set dbt_valid_to = posicoes.momento
        from periodos
        inner join posicoes
            on periodos.nr_ate = posicoes.nr
        where
            periodos.nr = 0
            and {{ history }}.{{ key }} = periodos.chave
            and {{ history }}.dbt_valid_to = {{ still }}

    )

    insert into {{ history }} (
        {{ columns | join(', ') }},
        dbt_scd_id,
        dbt_updated_at,
        dbt_valid_from,
        dbt_valid_to,
        dbt_is_deleted
    )
    select
        {%- for column in columns %}
        vistos.{{ column }},
        {%- endfor %}
        {{ snapshot_hash_arguments(
            ['periodos.chave', 'inicio.momento']
        ) }},
        inicio.momento,
        inicio.momento,
        coalesce(fim.momento, {{ still }}),
        case when periodos.fl_ausente then 'True' else 'False' end
    from periodos
    inner join posicoes as inicio
        on periodos.nr = inicio.nr
    inner join vistos
        on
            periodos.chave = vistos.{{ key }}
            and periodos.nr_dos_valores = vistos.nr
    left join posicoes as fim
        on periodos.nr_ate = fim.nr
{%- endmacro %}
