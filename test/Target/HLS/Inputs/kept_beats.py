"""Names arrays of beats that tools would take apart into a memory for each lane."""

import re
import sys
from pathlib import Path

kept = 0
for name in sys.argv[1:]:
    text = Path(name).read_text()
    for array in re.finditer(r"^ +vec<[^;()]*> (\w+)\[[^;]*;\n(?=((?:.*\n){1,4}))", text, flags=re.M):
        kept += 1
        variable = rf"#pragma HLS {{}} variable = {array[1]}{{}}\n"
        if not any(re.search(variable.format(*p), array[2]) for p in (("AGGREGATE", ""), ("ARRAY_PARTITION", " dim = 0 complete"))):
            kept -= 1
            print(f"{Path(name).name}: {array[1]} is taken apart")
print(kept, "arrays of beats are kept")
