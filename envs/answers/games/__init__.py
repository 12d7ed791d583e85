"""The seven games of "Learning through conditioning on natural language feedback", generated.

The originals are tasks of BIG-bench; these follow their descriptions, not their code.
"""
