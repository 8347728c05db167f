"""Configuration as code: what a file wants, what a registry has, and the steps from one to the other.

`tree` reads YAML with its lines, `wanted` what it says, `found` what the registry has; `plan` compares both (`states`)
and knows neither YAML nor HTTP; `supplies` and `applying` carry its steps out, `telling` tells of them; `exporting`
writes a file of what was found. Only the two commands that need them read them in, as YAML takes a library of its own.
"""
