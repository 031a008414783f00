"""Who may see whose data: the key of hashed documents, roles, and taking a person out.

Here: what concerns personal data on the server. Not here: which columns are personal
(`meta: pii` in the models' YAML) and what others see in their place (`macros/privacy`).
"""
