/*
 * id: SY-61.claims   class: ESC   expect-phase: succeeded
 * expect-stdout: ^done$   expect-not: HELD
 * expect-stdout: ^safer 0$   expect-stdout@gvisor: ^safer 1$
 * parity: priorities
 * Claims to be somebody: credentials in a message, capabilities, maps of ids,
 * groups, a better chance to live, the owner of a namespace, links and bridges
 * of the network, a lease on what is shared. None is granted.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe.h"

static void claim_credentials(pid_t pid, uid_t uid, gid_t gid)
{
	struct {
		struct cmsghdr head;
		struct ucred who;
	} control = { { sizeof(control), SOL_SOCKET, SCM_CREDENTIALS },
		      { pid, uid, gid } };
	struct msghdr message = { .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int pair[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	fails("credentials", sendmsg(pair[0], &message, 0));
	close(pair[0]);
	close(pair[1]);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int r = fd < 0 ? -1 : (int)write(fd, text, strlen(text));

	close(fd);
	return r;
}

static void claim_file(const char *path, const char *text)
{
	fails(path, write_file(path, text));
}

static void claim_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct all[2] = { { ~0U, ~0U, ~0U },
						 { ~0U, ~0U, ~0U } };

	fails("capset", syscall(SYS_capset, &head, all));
}

static void claim_network(void)
{
	static const unsigned long requests[] = {
		0x8914 /* SIOCSIFFLAGS */, 0x8916 /* SIOCSIFADDR */,
		0x8922 /* SIOCSIFMTU */,   0x8940 /* SIOCGIFBR */,
		0x8941 /* SIOCSIFBR */,	   0x894c /* SIOCGSKNS */,
		0x89a0 /* SIOCBRADDBR */,  0x890b /* SIOCADDRT */,
		0x8955 /* SIOCSARP */,	   0x8983 /* SIOCSIFVLAN */,
	};
	char request[256] = "lo";
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (unsigned i = 0; i < sizeof(requests) / sizeof(*requests); i++)
		fails("network", ioctl(fd, requests[i], request));
}

int main(void)
{
	int spaces = open("/proc/self/ns/net", O_RDONLY);
	uid_t owner;

	claim_credentials(1, getuid(), getgid());
	claim_credentials(getpid(), 0, getgid());
	claim_credentials(getpid(), getuid(), 0);
	claim_capabilities();
	claim_file("/proc/self/uid_map", "0 0 1");
	claim_file("/proc/self/gid_map", "0 0 1");
	claim_file("/proc/self/setgroups", "allow");
	printf("safer %d\n",
	       write_file("/proc/self/oom_score_adj", "-1000") > 0);
	claim_file("/proc/1/oom_score_adj", "1000");
	claim_file("/proc/sys/kernel/core_pattern", "|/work/x");
	fails("NS_GET_USERNS", ioctl(spaces, 0xb701, 0));
	fails("NS_GET_PARENT", ioctl(spaces, 0xb702, 0));
	fails("NS_GET_OWNER_UID", ioctl(spaces, 0xb704, &owner));
	fails("a lease",
	      fcntl(open("/usr/bin/env", O_RDONLY), F_SETLEASE, F_RDLCK));
	claim_network();
	puts("done");
	return 0;
}
