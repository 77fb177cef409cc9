# id: FS-01.host-files   class: LEAK
# expect-phase: succeeded   expect-json: {"opened": []}   expect-not: root:
# Files of the host by every road that /proc offers. The environment has its
# own /etc/passwd, which is not the host's.
import os
roads = ["/etc/shadow", "/root/.ssh/id_rsa", "/root/.bashrc", "/var/lib/enclave",
         "/proc/1/root/etc/shadow", "/proc/self/root/../../etc/shadow",
         "/proc/1/cwd/", "/proc/1/environ", "/run/enclave/enclave.sock",
         "/sys/kernel", "/boot", "/proc/1/fd/3", "/var/run/docker.sock"]
opened = []
for road in roads:
    try:
        os.listdir(road) if road.endswith("/") else open(road, "rb").read(1)
        opened.append(road)
    except OSError:
        pass
    if os.path.isdir(road):
        try:
            if os.listdir(road):
                opened.append(road)
        except OSError:
            pass
enclave.result({"opened": opened})
