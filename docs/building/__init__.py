"""Makes the site of the manual: ``python -m docs.building``, or ``make docs``.

The pages under ``docs/`` stay plain Markdown that reads well on a code host. What a site needs
besides (tables of contents, the reference of the API, the sources that pages link to) is made
here, in ``build/manual``, and Sphinx reads that folder. What may never be here: text of the
manual, or anything that is fetched from a network.
"""
