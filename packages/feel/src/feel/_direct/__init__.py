"""The direct way: plain Python for expressions over numbers, strings, booleans and dates, as long as all goes well.

How names are used tells which types their values should have. The code made here checks just that when it reads them,
and then computes without further questions. At anything else (null, another type, a name that isn't there, a division
by zero) it leaves with one of `LEAVES`, and the whole expression starts again in the compiler's full code, which
explains what is wrong. That is safe because nothing here has effects: no functions of the author or the host are called.
"""

from feel._direct._compiler import DirectCompiler
from feel._direct._values import LEAVES, Leave, number

__all__ = ["LEAVES", "DirectCompiler", "Leave", "number"]
