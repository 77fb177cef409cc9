#ifndef ENC_WIRE_PROBE_H
#define ENC_WIRE_PROBE_H

/*
 * The self-check: forbidden acts that enclave-init tries as the program's user,
 * before any foreign byte is in the sandbox. The index of a row is the bit of
 * the act in READY. src/init has the code of the acts. enclave-api uses the
 * names in the audit event sandbox_started and in messages of
 * isolation_refused.
 *
 *	X(NAME, "name")
 */
#define ENC_PROBES(X)                         \
	X(METADATA, "metadata_answer")        \
	X(UNSHARE_USER, "unshare_user")       \
	X(UNSHARE_NET, "unshare_net")         \
	X(MOUNT, "mount")                     \
	X(PIVOT_ROOT, "pivot_root")           \
	X(CHROOT, "chroot")                   \
	X(SETUID, "setuid_root")              \
	X(CAPABILITY, "any_capability")       \
	X(PTRACE_INIT, "ptrace_init")         \
	X(INIT_MEMORY, "init_memory")         \
	X(KILL_INIT, "kill_init")             \
	X(IO_URING, "io_uring")               \
	X(BPF, "bpf")                         \
	X(PERF_EVENT, "perf_event_open")      \
	X(USERFAULTFD, "userfaultfd")         \
	X(KEYCTL, "keyctl")                   \
	X(SOCKET_VSOCK, "socket_vsock")       \
	X(SOCKET_PACKET, "socket_packet")     \
	X(SOCKET_ALG, "socket_alg")           \
	X(SOCKET_RAW, "socket_raw")           \
	X(WRITE_ROOT, "write_root")           \
	X(WRITE_WORKLOAD, "write_workload")   \
	X(WRITE_SYSCTL, "write_sysctl")       \
	X(HOST_SENTINEL, "host_sentinel")     \
	X(OPEN_DESCRIPTOR, "open_descriptor") \
	X(MKNOD, "mknod")

enum enc_probe {
#define X(name, text) ENC_PROBE_##name,
	ENC_PROBES(X)
#undef X
		ENC_PROBE_MAX,
};

/* enc_probe_name() - the name of an act in the audit event */
const char *enc_probe_name(enum enc_probe probe);

#endif
