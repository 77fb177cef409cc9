#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_server_internal.h"

enum {
	BACKLOG = 1024,
	/* Connections of a listener accepted in one turn of the loop. */
	TURN_CONNECTIONS = 16,
	/* So many at a time leave memory behind that is worth a call. */
	PEAK_MANY = 32,
};

struct listener {
	struct enc_list link;
	struct enc_http_server *server;
	bool local;
	/* Connections accepted in this turn of the loop. */
	unsigned int accepted;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} socket;
};

static int open_socket(uv_loop_t *loop, bool local, uv_tcp_t *tcp,
		       uv_pipe_t *pipe)
{
	return local ? uv_pipe_init(loop, pipe, 0) : uv_tcp_init(loop, tcp);
}

bool enc_http_exchange_local(const struct enc_http_exchange *connection)
{
	return uv_handle_get_type(&connection->socket.handle) == UV_NAMED_PIPE;
}

/* is_loopback() - whether an address is of this machine alone */
static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->ss_family == AF_INET) {
		return ntohl(v4->sin_addr.s_addr) >> IN_CLASSA_NSHIFT ==
		       IN_LOOPBACKNET;
	}
	return address->ss_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
		(IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
		 v6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET));
}

/* learn_address() - find out whether a client of TCP is on this machine */
static void learn_address(struct enc_http_exchange *connection)
{
	struct sockaddr_storage address = { 0 };
	int room = sizeof(address);

	if (uv_tcp_getpeername(&connection->socket.tcp,
			       (struct sockaddr *)&address, &room) == 0 &&
	    is_loopback(&address)) {
		connection->peer = ENC_HTTP_PEER_LOOPBACK;
	}
}

/* learn_peer() - find out where the client is, and its uid at a unix socket */
static void learn_peer(struct enc_http_exchange *connection)
{
	struct ucred peer = { 0 };
	socklen_t length = sizeof(peer);
	uv_os_fd_t fd;

	connection->peer_uid = (uid_t)-1;
	if (!enc_http_exchange_local(connection)) {
		learn_address(connection);
		return;
	}
	connection->peer = ENC_HTTP_PEER_LOCAL;
	if (uv_fileno(&connection->socket.handle, &fd) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0) {
		connection->peer_uid = peer.uid;
	}
}

/*
 * rank_victim() - rank a connection for closing at the limit of connections. A
 * higher rank is closed first; rank 0 is never closed.
 */
static int rank_victim(const struct enc_http_exchange *connection)
{
	/* True while the client hasn't read all response bytes. */
	bool unread = connection->waiting > 0;

	switch (connection->state) {
	case ENC_HTTP_LINGERING:
		return unread ? 1 : 4;
	case ENC_HTTP_FIRST_HEAD:
		return unread ? 1 : 3;
	case ENC_HTTP_NEXT_HEAD:
		return unread ? 1 : 2;
	case ENC_HTTP_READING_BODY:
		return 1;
	case ENC_HTTP_HANDLING:
	case ENC_HTTP_ANSWERING:
	case ENC_HTTP_STREAMING:
	case ENC_HTTP_CLOSING:
	case ENC_HTTP_STATE_MAX:
		break;
	}
	return 0;
}

/*
 * make_room() - at the limit of connections, close the oldest connection of the
 * highest rank. So an attacker can't lock others out by opening all connections
 * and sending nothing or too slowly. Return: false if no connection may be
 * closed.
 */
static bool make_room(struct enc_http_server *server,
		      const struct enc_http_exchange *newest)
{
	struct enc_http_exchange *victim = NULL;

	if (server->open_count <= ENC_HTTP_CONNECTIONS_MAX) {
		return true;
	}
	/* The list is in order of acceptance. */
	ENC_LIST_EACH(server->connections, at)
	{
		struct enc_http_exchange *connection =
			ENC_HOLDER(at, struct enc_http_exchange, link);

		if (connection != newest && rank_victim(connection) > 0 &&
		    (victim == NULL ||
		     rank_victim(connection) > rank_victim(victim))) {
			victim = connection;
		}
	}
	if (victim != NULL) {
		enc_http_exchange_drop(victim);
	}
	return victim != NULL;
}

void enc_http_server_note_closed(struct enc_http_server *server)
{
	server->connection_count--;
	if (server->connection_count == 0) {
		if (server->connection_peak >= PEAK_MANY) {
			ENC_IGNORE(malloc_trim(0));
		}
		server->connection_peak = 0;
	}
}

/* accept_one() - accept the connection that libuv offers */
static void accept_one(uv_stream_t *stream)
{
	struct listener *listener = stream->data;
	struct enc_http_server *server = listener->server;
	struct enc_http_exchange *connection;

	connection = enc_xalloc(sizeof(*connection));
	connection->server = server;
	enc_list_init(&connection->turn);
	connection->admitted = enc_xalloc(server->handler->admitted_bytes);
	/* Heads contain keys, and bodies may contain secrets. */
	connection->in = ENC_BUF_SECRET(ENC_HTTP1_HEAD_MAX_BYTES +
					2 * ENC_HTTP_READ_BYTES);
	ENC_MUST(open_socket(server->loop, listener->local,
			     &connection->socket.tcp,
			     &connection->socket.pipe));
	ENC_MUST(uv_timer_init(server->loop, &connection->timer));
	connection->socket.handle.data = connection;
	connection->timer.data = connection;
	connection->open_handles = 2;
	enc_list_append(&server->connections, &connection->link);
	server->connection_count++;
	server->connection_peak =
		ENC_MAX(server->connection_peak, server->connection_count);
	server->open_count++;
	server->asked_ms = uv_now(server->loop);
	if (uv_accept(stream, &connection->socket.stream) != 0 ||
	    !make_room(server, connection)) {
		enc_http_exchange_drop(connection);
		return;
	}
	if (!listener->local) {
		ENC_IGNORE(uv_tcp_nodelay(&connection->socket.tcp, 1));
	}
	learn_peer(connection);
	enc_http_exchange_start(connection);
}

/*
 * on_connection() - accept a connection, at most TURN_CONNECTIONS in a turn.
 * Without this limit libuv would accept until no client waits, and meanwhile
 * read from none, so a client that connects fast enough could stop the server.
 * After the limit is reached, libuv pauses until enc_http_server_accept_more()
 * accepts the next connection.
 */
static void on_connection(uv_stream_t *stream, int status)
{
	struct listener *listener = stream->data;

	if (status < 0) {
		return; /* out of descriptors; libuv closes this connection */
	}
	if (listener->accepted == TURN_CONNECTIONS) {
		enc_http_server_next_turn(listener->server);
		return;
	}
	listener->accepted++;
	accept_one(stream);
}

void enc_http_server_accept_more(struct enc_http_server *server)
{
	ENC_LIST_EACH(server->listeners, at)
	{
		struct listener *listener =
			ENC_HOLDER(at, struct listener, link);
		bool held = listener->accepted == TURN_CONNECTIONS;

		listener->accepted = 0;
		if (held) {
			accept_one(&listener->socket.stream);
		}
	}
}

int enc_http_server_listen(struct enc_http_server *server, int fd, bool local)
{
	struct listener *listener = enc_xalloc(sizeof(*listener));
	int r = open_socket(server->loop, local, &listener->socket.tcp,
			    &listener->socket.pipe);

	ENC_ASSERT(r == 0);
	listener->server = server;
	listener->local = local;
	listener->socket.handle.data = listener;
	enc_list_append(&server->listeners, &listener->link);
	r = local ? uv_pipe_open(&listener->socket.pipe, fd)
		  : uv_tcp_open(&listener->socket.tcp, fd);
	if (r == 0) {
		r = uv_listen(&listener->socket.stream, BACKLOG, on_connection);
	}
	return r;
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void enc_http_server_close_listeners(struct enc_http_server *server)
{
	ENC_LIST_EACH(server->listeners, at)
	{
		struct listener *listener =
			ENC_HOLDER(at, struct listener, link);

		enc_list_remove(at);
		uv_close(&listener->socket.handle, on_listener_closed);
	}
}
