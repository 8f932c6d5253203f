// Runs a Python script in Pyodide, the Python of browsers, under node.
//
//     node pyodide.mjs PYODIDE LIBRARIES WORK SCRIPT ARGUMENTS...
//
// PYODIDE is the folder of the npm package. The folders LIBRARIES, the only one to import from, and WORK are there as
// /libraries and /work.
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [pyodide, libraries, work, script, ...args] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")));
const python = await loadPyodide({ args: [script, ...args] });
for (const [name, root] of [["/libraries", libraries], ["/work", work]]) {
    python.FS.mkdirTree(name);
    python.FS.mount(python.FS.filesystems.NODEFS, { root }, name);
}
python.runPython(`
import runpy, sys
# As for a script: its modules are not those of the current folder.
sys.path[:] = ["/libraries", *filter(None, sys.path)]
sys.argv = ${JSON.stringify([script, ...args])}
runpy.run_path(sys.argv[0], run_name="__main__")
`);
