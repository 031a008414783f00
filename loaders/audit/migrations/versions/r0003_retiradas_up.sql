alter table operacoes drop constraint operacoes_tipo_check;
alter table operacoes add constraint operacoes_tipo_check check (
    tipo in (
        'carga', 'construcao', 'segmentacao', 'deteccao', 'decisao',
        'exportacao', 'apagamento', 'retirada'
    )
);

comment on table operacoes is
'Uma linha por carga (de arquivo ou endpoint), construção, segmentação, detecção,
decisão, exportação, apagamento ou retirada de uma carga.';
