"""Runs of the segmentation in the database: what they read, and the tables they write.

Here: clients as the algorithm takes them, the schema `segmentacao`, the life of a run from
its start to the day it is no longer current. Not here: the algorithm
(`orchestration.segmentation`), who calls what in which order (`orchestration.segmenting`),
what is made of the tables (dbt, models/marts/segmentacao).

    carteira.segmentacao_entrada -> entrada -> (algorithm) -> runs -> segmentacao.cluster_run*

A run is one perfil. It stands in `cluster_run` from its start, so that one that failed or
was killed is seen; its rows and its being current come in one transaction at its end.
"""

DATASET = "segmentacao"
