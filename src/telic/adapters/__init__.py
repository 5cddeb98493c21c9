"""The adapters: telic beside other people's frameworks, one folder and one extra for each.

What may never be here: a rule of the process, or anything that a machine needs to be right.
"""
