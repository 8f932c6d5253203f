"""Names of libraries: the distribution that is installed for a module, where the two have different names.

>>> find_distribution("cv2"), find_distribution("google.cloud.storage"), find_distribution("json")
('opencv-python', 'google-cloud-storage', None)

Sources: the projects' own instructions for installing them.
"""

from __future__ import annotations

_NAMES = {
    "Bio": "biopython",
    "Crypto": "pycryptodome",
    "IPython": "ipython",
    "Levenshtein": "levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cairo": "pycairo",
    "community": "python-louvain",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "fitz": "PyMuPDF",
    "gi": "PyGObject",
    "git": "GitPython",
    "github": "PyGithub",
    "google.protobuf": "protobuf",
    "googleapiclient": "google-api-python-client",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "magic": "python-magic",
    "memcache": "python-memcached",
    "mpl_toolkits": "matplotlib",
    "nacl": "PyNaCl",
    "osgeo": "GDAL",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pywt": "PyWavelets",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "shapefile": "pyshp",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "sksurv": "scikit-survival",
    "slugify": "python-slugify",
    "snappy": "python-snappy",
    "socks": "PySocks",
    "umap": "umap-learn",
    "usb": "pyusb",
    "win32api": "pywin32",
    "win32com": "pywin32",
    "wx": "wxPython",
    "yaml": "PyYAML",
    "zmq": "pyzmq",
}
# Below these names, each module is a distribution of its own: google.cloud.storage is in google-cloud-storage.
_FAMILIES = ("google.cloud",)


def find_distribution(module: str) -> str | None:
    """Return the distribution that a module is in; None where it has the name of the top-level module.

    Args:
        module: The module's dotted name.
    """
    parts = module.split(".")
    for length in (2, 1):
        name = ".".join(parts[:length])
        if name in _FAMILIES and len(parts) > length:
            return "-".join(parts[: length + 1]).replace("_", "-")
        if len(parts) >= length and name in _NAMES:
            return _NAMES[name]
    return None
