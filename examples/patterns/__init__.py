"""The workflow control-flow patterns, one machine each, numbered and named as in the literature.

The numbers and names are those of Russell, ter Hofstede, van der Aalst and Mulyar, *Workflow
Control-Flow Patterns: A Revised View* (BPM-06-22, 2006); definitions and machines are ours. Each
module stands by itself and uses the kernel only. What may never be here: a part that two share.
"""
