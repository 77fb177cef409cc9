#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sched.h>

#include "fd.h"
#include "net_internal.h"

struct enc_net_session {
	int session_netns;
	int gate_netns;
	int count; /* counter of the session's sockets */
	int sockets[ENC_NET_SOCKET_MAX];
	/* A netlink socket for the rules in the gate's namespace. */
	struct mnl_socket *netlink;
	struct mnl_socket *changes; /* reports changes of the rules */
};

static int current_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * new_netns() - enter a new network namespace. Return: its descriptor or a
 * negative errno
 */
static int new_netns(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : current_netns();
}

static int open_nftables(struct enc_net_session *session)
{
	session->netlink = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (session->netlink == NULL ||
	    mnl_socket_bind(session->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		return -errno;
	}
	return 0;
}

/*
 * watch_rules() - watch for changes of the rules, which nobody may change from
 * here on
 */
static int watch_rules(struct enc_net_session *session)
{
	int group = NFNLGRP_NFTABLES;

	session->changes = mnl_socket_open2(NETLINK_NETFILTER,
					    SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (session->changes == NULL ||
	    mnl_socket_bind(session->changes, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(session->changes, NETLINK_ADD_MEMBERSHIP,
				  &group, sizeof(group)) < 0) {
		return -errno;
	}
	return 0;
}

/*
 * settle_session() - set limits of the session's namespace; gVisor's network
 * stack has its own
 */
static int settle_session(struct enc_net_session *session, bool taken_over,
			  const char **step)
{
	int r = taken_over ? 0 : enc_net_settings(step);

	if (r == 0) {
		*step = "count of the session's sockets";
		session->count = enc_net_count_open();
		r = session->count < 0 ? session->count : 0;
	}
	return r;
}

/*
 * connect_session() - set up the session's end, and wait until both ends send
 */
static int connect_session(struct enc_net_session *session, bool taken_over,
			   const char **step)
{
	struct mnl_socket *carrier = NULL;
	int r;

	*step = "watching the gate's link";
	r = enc_net_carrier_open(&carrier);
	if (r < 0) {
		return r;
	}
	*step = "entering the session's network namespace";
	r = setns(session->session_netns, CLONE_NEWNET) < 0 ? -errno : 0;
	if (r == 0) {
		r = settle_session(session, taken_over, step);
	}
	if (r == 0) {
		r = enc_net_link_session(taken_over, step);
	}
	if (r == 0) {
		*step = "carrier of the gate's link";
		r = enc_net_carrier_wait(carrier);
	}
	(void)mnl_socket_close(carrier);
	return r;
}

/* build() - build the network; leaves the process in one of the namespaces */
static int build(struct enc_net_session *session, bool taken_over,
		 const char **step)
{
	int r;

	*step = "gate's network namespace";
	session->gate_netns = new_netns();
	if (session->gate_netns < 0) {
		return session->gate_netns;
	}
	r = enc_net_link_pair(session->session_netns, step);
	if (r == 0) {
		r = enc_net_link_gate(step);
	}
	if (r == 0) {
		*step = "nftables socket";
		r = open_nftables(session);
	}
	if (r == 0) {
		r = enc_net_rules(session->netlink, step);
	}
	if (r == 0) {
		*step = "watching the rules";
		r = watch_rules(session);
	}
	if (r == 0) {
		r = enc_net_sockets(session->sockets, step);
	}
	return r == 0 ? connect_session(session, taken_over, step) : r;
}

/*
 * go_home() - return to the namespace from which the process came
 *
 * Returning needs a right. Without it the process stays in the other namespace.
 * Return: @r if that is a failure; else 0 or a negative errno
 */
static int go_home(int home, int r, const char **step)
{
	if (setns(home, CLONE_NEWNET) < 0 && r >= 0) {
		*step = "return to the own network namespace";
		return -errno;
	}
	return r;
}

int enc_net_namespace_new(void)
{
	enc_autoclose int home = current_netns();
	enc_autoclose int made = home < 0 ? home : new_netns();
	const char *step = "";
	int r = home < 0 ? home : go_home(home, ENC_MIN(made, 0), &step);

	return r < 0 ? r : ENC_TAKE_FD(made);
}

int enc_net_session_new(struct enc_net_session **ret_session,
			const char **ret_step)
{
	int netns = enc_net_namespace_new();

	*ret_step = "session's network namespace";
	return netns < 0
		       ? netns
		       : enc_net_session_around(netns, /* taken_over= */ false,
						ret_session, ret_step);
}

/*
 * session_new() - make the struct, with at most the session's namespace in it
 */
static struct enc_net_session *session_new(int session_netns)
{
	struct enc_net_session *session = enc_xalloc(sizeof(*session));

	session->session_netns = session_netns;
	session->gate_netns = -1;
	session->count = -1;
	for (int i = 0; i < ENC_NET_SOCKET_MAX; i++) {
		session->sockets[i] = -1;
	}
	return session;
}

int enc_net_session_around(int session_netns, bool taken_over,
			   struct enc_net_session **ret_session,
			   const char **ret_step)
{
	struct enc_net_session *session = session_new(session_netns);
	enc_autoclose int home = current_netns();
	int r;

	if (home < 0) {
		*ret_step = "own network namespace";
		r = home;
	} else {
		r = build(session, taken_over, ret_step);
		r = go_home(home, r, ret_step);
	}
	if (r < 0) {
		enc_net_session_free(session);
		return r;
	}
	*ret_session = session;
	return 0;
}

void enc_net_session_parts(const struct enc_net_session *session,
			   int ret_parts[ENC_NET_PART_MAX])
{
	ret_parts[ENC_NET_PART_NAMESPACE] = session->session_netns;
	ret_parts[ENC_NET_PART_COUNTERS] = mnl_socket_get_fd(session->netlink);
	ret_parts[ENC_NET_PART_CHANGES] = mnl_socket_get_fd(session->changes);
}

/*
 * adopt() - use a netlink socket that another process opened. Return: the
 * socket, which took *fd; or NULL
 */
static struct mnl_socket *adopt(int *fd)
{
	struct mnl_socket *socket = mnl_socket_fdopen(*fd);

	if (socket != NULL) {
		ENC_IGNORE(ENC_TAKE_FD(*fd));
	}
	return socket;
}

int enc_net_session_of(int parts[ENC_NET_PART_MAX],
		       struct enc_net_session **ret_session)
{
	struct enc_net_session *session =
		session_new(ENC_TAKE_FD(parts[ENC_NET_PART_NAMESPACE]));
	int r = 0;

	session->netlink = adopt(&parts[ENC_NET_PART_COUNTERS]);
	session->changes = adopt(&parts[ENC_NET_PART_CHANGES]);
	if (session->netlink == NULL || session->changes == NULL) {
		r = -errno;
		for (int i = 0; i < ENC_NET_PART_MAX; i++) {
			enc_fd_close(&parts[i]);
		}
		enc_net_session_free(session);
		return r;
	}
	*ret_session = session;
	return 0;
}

int enc_net_session_gate_netns(const struct enc_net_session *session)
{
	return session->gate_netns;
}

int enc_net_session_socket(const struct enc_net_session *session,
			   enum enc_net_socket which)
{
	return session->sockets[which];
}

int enc_net_session_count(const struct enc_net_session *session)
{
	return session->count;
}

int enc_net_session_changes(const struct enc_net_session *session)
{
	return mnl_socket_get_fd(session->changes);
}

void enc_net_session_close_sockets(struct enc_net_session *session)
{
	for (int i = 0; i < ENC_NET_SOCKET_MAX; i++) {
		enc_fd_close(&session->sockets[i]);
	}
}

int enc_net_session_attempts(struct enc_net_session *session,
			     enc_net_attempt_fn *visit, void *context,
			     struct enc_net_totals *ret_totals)
{
	return enc_net_counters(session->netlink, visit, context, ret_totals);
}

void enc_net_session_free(struct enc_net_session *session)
{
	if (session == NULL) {
		return;
	}
	enc_net_session_close_sockets(session);
	if (session->netlink != NULL) {
		(void)mnl_socket_close(session->netlink);
	}
	if (session->changes != NULL) {
		(void)mnl_socket_close(session->changes);
	}
	enc_fd_close(&session->session_netns);
	enc_fd_close(&session->gate_netns);
	enc_fd_close(&session->count);
	free(session);
}
