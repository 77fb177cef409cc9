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
	int sockets[ENC_NET_SOCKET_MAX];
	struct mnl_socket *netlink; /* nftables of the gate's namespace */
	struct mnl_socket *changes; /* what is done to them after that */
};

static int current_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* new_netns() - enter a new one; its descriptor or a negative errno */
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

/* watch_rules() - from here on nobody has anything to change */
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

/* connect_session() - the session's end; then both ends send */
static int connect_session(const struct enc_net_session *session,
			   bool taken_over, const char **step)
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
		r = enc_net_link_session(taken_over, step);
	}
	if (r == 0) {
		*step = "carrier of the gate's link";
		r = enc_net_carrier_wait(carrier);
	}
	(void)mnl_socket_close(carrier);
	return r;
}

/* build() - leaves the process in one of the new namespaces */
static int build(struct enc_net_session *session, const char **step)
{
	bool taken_over = session->session_netns >= 0;
	int r;

	if (!taken_over) {
		*step = "session's network namespace";
		session->session_netns = new_netns();
		if (session->session_netns < 0) {
			return session->session_netns;
		}
	}
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

int enc_net_session_new(struct enc_net_session **ret_session,
			const char **ret_step)
{
	return enc_net_session_around(-1, ret_session, ret_step);
}

int enc_net_session_around(int session_netns,
			   struct enc_net_session **ret_session,
			   const char **ret_step)
{
	struct enc_net_session *session = enc_xalloc(sizeof(*session));
	enc_autoclose int home = current_netns();
	int r;

	session->session_netns = session_netns;
	session->gate_netns = -1;
	for (int i = 0; i < ENC_NET_SOCKET_MAX; i++) {
		session->sockets[i] = -1;
	}
	if (home < 0) {
		*ret_step = "own network namespace";
		r = home;
	} else {
		r = build(session, ret_step);
		/* Going on in another namespace would be worse than dying. */
		ENC_ASSERT(setns(home, CLONE_NEWNET) == 0);
	}
	if (r < 0) {
		enc_net_session_free(session);
		return r;
	}
	*ret_session = session;
	return 0;
}

int enc_net_session_netns(const struct enc_net_session *session)
{
	return session->session_netns;
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
	free(session);
}
