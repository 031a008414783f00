with

source as (

    {{ with_decoded_texts(source('raw_cvcrm', 'reservas_condicoes')) }}

),

renamed as (

    select
        ---------- ids
        idreservascondicoes as condicao_id,
        {{ cvdw_id('idreserva') }} as reserva_id,
        {{ cvdw_id('idserie') }} as serie_id,

        ---------- strings
        upper({{ clean_text('ativo') }}) as ativo,
        {{ cvdw_text('serie') }} as serie,
        {{ cvdw_text('portador') }} as portador,
        {{ cvdw_text('indexador') }} as indexador,

        ---------- numerics
        parcela_quantidade as qt_parcela,
        {{ cvdw_amount('valor') }} as vl_parcela,
        {{ cvdw_amount('valor_com_juros') }} as vl_parcela_com_juros,
        {{ cvdw_amount('valor_com_comissao_fora_do_contrato') }}
            as vl_parcela_com_comissao_fora_do_contrato,
        {{ cvdw_amount('valor_sem_comissao') }} as vl_parcela_sem_comissao,

        ---------- dates
        {{ cvdw_date('vencimento') }} as dt_vencimento,
        {{ cvdw_date('data_reservas_condicoes') }} as dt_reservas_condicoes,

        ---------- what did not become its type
        {{ cvdw_untyped({
            'vencimento': 'date',
            'data_reservas_condicoes': 'date',
            'data_modificacao': 'date',
        }) }} as colunas_invalidas,

        ---------- timestamps
        {{ cvdw_timestamp('data_modificacao') }} as modificado_em,
        _visto_em as visto_em,
        _carregado_em as carregado_em

    from source

)

select * from renamed
