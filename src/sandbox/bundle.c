#include <errno.h>

#include "bundle.h"
#include "failpoint.h"
#include "gen_seccomp_oci.h"
#include "plan.h"

enum { EMPTY_BYTES = 4096, MORE_BYTES = 128 };

#define CAPABILITIES \
	"[\"CAP_CHOWN\",\"CAP_KILL\",\"CAP_SETGID\",\"CAP_SETUID\"]"
#define MAPPINGS                                        \
	"[{\"containerID\":0,\"hostID\":0,\"size\":1}," \
	"{\"containerID\":1000,\"hostID\":1000,\"size\":1}]"

/*
 * The beginning, up to the mounts. Its parameters: language, further arguments
 * (text), the number of open files, the address space, the number of tasks, each
 * twice.
 */
static const char process[] =
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"terminal\":false,"
	"\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"env\":[],"
	"\"args\":[\"/usr/lib/enclave/enclave-init\",\"%s\",\"guest\"%s],"
	"\"noNewPrivileges\":true,\"capabilities\":{"
	"\"bounding\":" CAPABILITIES ",\"effective\":" CAPABILITIES
	",\"permitted\":" CAPABILITIES "},\"rlimits\":["
	"{\"type\":\"RLIMIT_NOFILE\",\"hard\":%llu,\"soft\":%llu},"
	"{\"type\":\"RLIMIT_AS\",\"hard\":%llu,\"soft\":%llu},"
	"{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0},"
	"{\"type\":\"RLIMIT_NPROC\",\"hard\":%llu,\"soft\":%llu}]},"
	"\"hostname\":\"enclave\","
	"\"root\":{\"path\":\"/rootfs\",\"readonly\":true},\"mounts\":["
	"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\","
	"\"options\":[\"nosuid\",\"nodev\",\"noexec\"]}";

/*
 * The network is that of runsc's own process. There are no masked paths, since
 * runsc doesn't support them.
 */
static const char isolation[] =
	"],\"linux\":{\"uidMappings\":" MAPPINGS ",\"gidMappings\":" MAPPINGS
	",\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},"
	"{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"user\"},"
	"{\"type\":\"network\",\"path\":\"/proc/1/ns/net\"}],\"seccomp\":";

/*
 * File systems that the program may write, and one that hides something. Each
 * is a tmpfs in gVisor.
 */
static const struct place {
	const char *path;
	const char *options;
	/* Size of the file system; 0: the session's disk limit. */
	uint64_t size_bytes;
} places[] = {
	{ "/work", "\"mode=0755\",\"uid=1000\",\"gid=1000\"", 0 },
	{ "/tmp", "\"mode=1777\"", 0 },
	{ "/var/tmp", "\"mode=1777\"", 0 },
	{ "/dev/shm", "\"mode=1777\"", 0 },
	{ "/workload", "\"mode=0755\"", ENC_PLAN_WORKLOAD_BYTES },
	/* gVisor's own /sys would show processors and cgroups. */
	{ "/sys", "\"mode=0555\",\"ro\"", EMPTY_BYTES },
};

static int write_place(struct enc_buf *out, const struct place *place,
		       uint64_t disk_bytes)
{
	uint64_t size = place->size_bytes > 0 ? place->size_bytes : disk_bytes;

	return enc_buf_printf(out,
			      ",{\"destination\":\"%s\",\"type\":\"tmpfs\","
			      "\"source\":\"tmpfs\",\"options\":[\"nosuid\","
			      "\"nodev\",\"size=%llu\",%s]}",
			      place->path, (unsigned long long)size,
			      place->options);
}

int enc_bundle_write(struct enc_buf *out, const struct enc_bundle *bundle)
{
	unsigned long long files = bundle->nofile;
	unsigned long long init_files =
		ENC_MAX(files, (unsigned long long)ENC_PLAN_INIT_FILES);
	unsigned long long address = ENC_PLAN_ADDRESS_BYTES;
	unsigned long long tasks = bundle->tasks;
	char more[MORE_BYTES] = "";
	int r;

	if (bundle->failpoint != NULL) {
		(void)snprintf(more, sizeof(more),
			       ",\"" ENC_FAILPOINT_OPTION "\",\"%s\"",
			       bundle->failpoint);
	}
	r = enc_buf_printf(out, process, bundle->language, more, init_files,
			   files, address, address, tasks, tasks);

	for (size_t i = 0; r == 0 && i < ENC_COUNT(places); i++) {
		r = write_place(out, &places[i], bundle->disk_bytes);
	}
	if (r == 0) {
		r = enc_buf_append(out, isolation, sizeof(isolation) - 1);
	}
	for (size_t i = 0; r == 0 && i < ENC_COUNT(enc_seccomp_oci); i++) {
		r = enc_buf_append(out, enc_seccomp_oci[i],
				   strlen(enc_seccomp_oci[i]));
	}
	return r < 0 ? r : enc_buf_append(out, "}}", 2);
}
