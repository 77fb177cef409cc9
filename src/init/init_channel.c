#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "init_channel.h"
#include "init_link.h"

enum {
	READ_BYTES = 64 * 1024,
	BACKLOG = 64,
};

/* The first byte of an abstract name is NUL. */
static const char name[] = "\0enclave-result";

void enc_init_channel_init(struct enc_init_channel *channel)
{
	*channel = (struct enc_init_channel){ .listener = -1, .client = -1 };
	enc_init_result_init(&channel->result);
}

int enc_init_channel_open(struct enc_init_channel *channel)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length =
		offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1;

	memcpy(address.sun_path, name, sizeof(name) - 1);
	channel->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (channel->listener < 0 ||
	    bind(channel->listener, (const struct sockaddr *)&address, length) <
		    0 ||
	    listen(channel->listener, BACKLOG) < 0) {
		return -errno;
	}
	return 0;
}

int enc_init_channel_fd(const struct enc_init_channel *channel)
{
	if (channel->client < 0) {
		return channel->listener;
	}
	return channel->answers ? -1 : channel->client;
}

/* hang_up() - forget the connection; the next one can be served */
static void hang_up(struct enc_init_channel *channel)
{
	close(channel->client);
	channel->client = -1;
	channel->answers = false;
	enc_init_result_done(&channel->result);
}

/* reject() - report why a result isn't kept, and let the process know */
static int reject(struct enc_init *init, enum enc_reject_reason reason)
{
	init->channel.answers = true;
	init->channel.answer = (uint8_t)reason;
	return enc_init_link_tell_rejected(init, reason);
}

/* judge() - send a whole result to the gate, or the reason against it */
static int judge(struct enc_init *init)
{
	struct enc_init_channel *channel = &init->channel;
	enum enc_reject_reason reason = enc_init_result_judge(&channel->result);

	if (reason != ENC_REJECT_INVALID) {
		return reject(init, reason);
	}
	channel->answers = true;
	channel->answer = 0;
	return enc_init_link_tell_result(init, &channel->result.body);
}

/* read_client() - read a piece of the result */
static int read_client(struct enc_init *init)
{
	struct enc_init_channel *channel = &init->channel;
	uint8_t bytes[READ_BYTES];
	ssize_t n = recv(channel->client, bytes, sizeof(bytes), MSG_DONTWAIT);
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return 0;
	}
	if (n <= 0) {
		r = enc_init_result_begun(&channel->result)
			    ? reject(init, ENC_REJECT_FRAMING)
			    : 0;
		hang_up(channel);
		return r;
	}
	r = enc_init_result_feed(&channel->result, bytes, (size_t)n);
	if (r == -EPROTO) {
		r = reject(init, ENC_REJECT_FRAMING);
	} else if (r == 0 && enc_init_result_whole(&channel->result)) {
		r = judge(init);
	}
	channel->when_sent = enc_init_link_end(init);
	return r;
}

int enc_init_channel_serve(struct enc_init *init)
{
	struct enc_init_channel *channel = &init->channel;

	if (channel->client >= 0) {
		return read_client(init);
	}
	/* It may fail: the process that connected may be gone. */
	channel->client = accept4(channel->listener, NULL, NULL,
				  SOCK_CLOEXEC | SOCK_NONBLOCK);
	return 0;
}

void enc_init_channel_settle(struct enc_init *init)
{
	struct enc_init_channel *channel = &init->channel;

	if (channel->answers && init->sent >= channel->when_sent) {
		/* It may fail: the process may be gone. */
		ENC_IGNORE(send(channel->client, &channel->answer, 1,
				MSG_DONTWAIT | MSG_NOSIGNAL));
		hang_up(channel);
	}
}

int enc_init_channel_finish(struct enc_init *init)
{
	struct enc_init_channel *channel = &init->channel;
	bool broken = channel->client >= 0 && !channel->answers &&
		      enc_init_result_begun(&channel->result);

	return broken ? enc_init_link_tell_rejected(init, ENC_REJECT_FRAMING)
		      : 0;
}
