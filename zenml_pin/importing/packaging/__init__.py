"""Packaging files: what a project says about its source roots, read at a commit. Nothing of it is ever run.

    tool                where it is stated
    setuptools          setup.cfg: package_dir, packages.find where; pyproject.toml: package-dir, packages.find.where;
                        setup.py: a literal package_dir= or find_packages(where)
    hatchling           packages, sources; in pyproject.toml or hatch.toml
    poetry-core         packages = [{include, from}]
    pdm-backend         package-dir
    flit_core           nothing: its two layouts are those of a project that says nothing
    uv_build            module-root, which is src where it is not stated
    maturin             python-source
    scikit-build-core   wheel.packages, which is also python/ where it is not stated
    meson-python        install_sources and install_subdir with literal paths, in meson.build

`build-backend` says whose statements count; without it those of setuptools, and for an unknown one those of all. A
package that a wheel gets under another name than its folder's is not followed.

Order of the parts, top first; imports point down:

    projects
    pyproject setuptools_files meson workspaces
    statements
"""
