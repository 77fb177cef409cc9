# site, sysconfig and packages installed
import importlib.metadata, site, sys, sysconfig
print(site.ENABLE_USER_SITE, site.getusersitepackages(), site.getsitepackages(), site.PREFIXES)
print(sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_platform(), sysconfig.get_python_version(), sysconfig.get_config_var("EXT_SUFFIX"))
print(sorted(d.name for d in importlib.metadata.distributions()))
print(importlib.metadata.version("requests"), sys.prefix == sys.base_prefix)
try:
    importlib.metadata.version("none")
except importlib.metadata.PackageNotFoundError as error:
    print(error)
