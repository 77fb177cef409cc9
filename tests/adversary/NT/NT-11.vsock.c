/*
 * id: NT-11.vsock   class: ESC   backends: native gvisor
 * expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
 * The machine may itself be a guest: its hypervisor is one address away.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET,
				     SOCK_RAW };
	static const unsigned int cids[] = { 0, 1, 2, 3, VMADDR_CID_ANY };
	static const char *const devices[] = {
		"/dev/vsock",	 "/dev/vhost-vsock",  "/dev/vhost-net",
		"/dev/vport0p1", "/dev/virtio-ports", "/dev/vmci",
		"/dev/hvc0",	 "/dev/kvm"
	};

	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_VSOCK, types[i], 0);
		int ends[2];

		if (fd < 0)
			continue;
		printf("HELD socket %d\n", types[i]);
		for (int c = 0; c < 5; c++) {
			for (unsigned int port = 1; port <= 2048; port++) {
				struct sockaddr_vm to = { .svm_family =
								  AF_VSOCK,
							  .svm_cid = cids[c],
							  .svm_port = port };

				if (connect(fd, (struct sockaddr *)&to,
					    sizeof(to)) == 0 ||
				    errno == ECONNRESET)
					printf("HELD %u:%u\n", cids[c], port);
			}
		}
		if (socketpair(AF_VSOCK, types[i], 0, ends) == 0)
			printf("HELD pair %d\n", types[i]);
	}
	for (int i = 0; i < 8; i++) {
		if (open(devices[i], O_RDWR) >= 0)
			printf("HELD %s\n", devices[i]);
	}
	printf("done\n");
	return 0;
}
