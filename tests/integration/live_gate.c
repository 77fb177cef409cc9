#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "child.h"
#include "fd.h"
#include "gate_process.h"
#include "ipc.h"
#include "live_gate.h"

void live_gate_pair(int type, int *ret_near, int *ret_far)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX,
				    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				    ends),
			 0);
	*ret_near = ends[0];
	*ret_far = ends[1];
}

static int open_program(void)
{
	char own[4096];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	enc_autofree char *path = NULL;

	assert_true(length > 0);
	own[length] = '\0';
	/* Tests are in the build's root, programs below it. */
	*strrchr(own, '/') = '\0';
	assert_true(asprintf(&path, "%s/src/bin/enclave-gate", own) > 0);
	return open(path, O_PATH | O_CLOEXEC);
}

/* live_gate_number() - read the number behind @label in a file of /proc */
long live_gate_number(pid_t pid, const char *file, const char *label)
{
	char path[64];
	char line[256];
	long number = -1;
	FILE *from;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	from = fopen(path, "re");
	assert_non_null(from);
	while (fgets(line, sizeof(line), from) != NULL) {
		if (strncmp(line, label, strlen(label)) == 0) {
			number = strtol(line + strlen(label), NULL, 10);
		}
	}
	(void)fclose(from);
	return number;
}

static pid_t pid_of(int pidfd)
{
	char file[64];

	(void)snprintf(file, sizeof(file), "fdinfo/%d", pidfd);
	return (pid_t)live_gate_number(getpid(), file, "Pid:");
}

/* ask() - in the session: is a name answered? */
static int ask(void)
{
	static const uint8_t question[] = { 0, 7, 1, 0,	  0, 1, 0, 0, 0, 0,
					    0, 0, 1, 'a', 0, 0, 1, 0, 1 };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	struct pollfd wait = { .events = POLLIN };
	uint8_t answer[512];

	wait.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)inet_pton(AF_INET, "8.8.8.8", &to.sin_addr);
	if (connect(wait.fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
	    send(wait.fd, question, sizeof(question), 0) < 0 ||
	    poll(&wait, 1, enc_paced_ms(LIVE_GATE_MS)) != 1) {
		return 1;
	}
	return recv(wait.fd, answer, sizeof(answer), 0) >
			       (ssize_t)sizeof(question)
		       ? 0
		       : 2;
}

int live_gate_netns(const struct live_gate *gate)
{
	int parts[ENC_NET_PART_MAX];

	enc_net_session_parts(gate->network, parts);
	return parts[ENC_NET_PART_NAMESPACE];
}

/* live_gate_serves() - whether the gate's loop runs, so its filter is on */
bool live_gate_serves(const struct live_gate *gate)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		_exit(setns(live_gate_netns(gate), CLONE_NEWNET) < 0 ? 100
								     : ask());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* take_network() - receive the parts of the network, sent before the exec */
static void take_network(struct live_gate *gate, int setup)
{
	struct pollfd wait = { .fd = setup, .events = POLLIN };
	int parts[ENC_NET_PART_MAX] = { -1, -1, -1 };

	for (int i = 0; i < ENC_NET_PART_MAX; i++) {
		struct enc_child_report report;
		int fd = -1;

		assert_int_equal(poll(&wait, 1, enc_paced_ms(LIVE_GATE_MS)), 1);
		assert_int_equal(enc_ipc_receive(setup, &report, sizeof(report),
						 &fd),
				 sizeof(report));
		assert_int_equal(report.kind, ENC_CHILD_NETWORK);
		assert_true(report.part < ENC_NET_PART_MAX);
		parts[report.part] = fd;
	}
	assert_int_equal(enc_net_session_of(parts, &gate->network), 0);
}

void live_gate_start(struct live_gate *gate)
{
	char empty[] = "/tmp/enclave-test-gate-XXXXXX";
	struct enc_gate_birth birth = { .program = open_program(),
					.netns = -1,
					.uid = LIVE_GATE_UID };
	int setup;
	int netns;

	assert_true(birth.program >= 0);
	assert_non_null(mkdtemp(empty));
	birth.empty = open(empty, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(birth.empty >= 0);
	assert_int_equal(rmdir(empty), 0);
	live_gate_pair(SOCK_SEQPACKET, &setup, &birth.setup);
	live_gate_pair(SOCK_SEQPACKET, &netns, &birth.netns_out);
	live_gate_pair(SOCK_STREAM, &gate->control, &birth.control);
	live_gate_pair(SOCK_SEQPACKET, &gate->orders, &birth.orders);
	live_gate_pair(SOCK_STREAM, &gate->runner, &birth.runner);
	assert_int_equal(enc_gate_start(&birth, &gate->pidfd), 0);
	gate->pid = pid_of(gate->pidfd);
	enc_fd_close(&birth.program);
	enc_fd_close(&birth.empty);
	enc_fd_close(&birth.control);
	enc_fd_close(&birth.orders);
	enc_fd_close(&birth.runner);
	enc_fd_close(&birth.setup);
	enc_fd_close(&birth.netns_out);
	enc_fd_close(&netns);
	take_network(gate, setup);
	enc_fd_close(&setup);
	assert_true(live_gate_serves(gate));
}

/*
 * live_gate_stop() - end the gate by closing the launcher's end; @status:
 * already reaped, or -1
 */
void live_gate_stop(struct live_gate *gate, int status)
{
	enc_fd_close(&gate->orders);
	if (status < 0) {
		assert_int_equal(waitpid(gate->pid, &status, 0), gate->pid);
		assert_true(WIFEXITED(status));
	}
	enc_fd_close(&gate->control);
	enc_fd_close(&gate->runner);
	enc_fd_close(&gate->pidfd);
	enc_net_session_free(gate->network);
}
