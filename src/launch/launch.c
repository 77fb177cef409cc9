#include <assert.h>
#include <errno.h>

#include "ipc.h"
#include "launch.h"

/* Name and size of each message. */
static const struct launch_row {
	const char *name;
	size_t size_bytes;
} rows[] = {
	[ENC_LAUNCH_CREATE] = { "create", sizeof(struct enc_launch_create) },
	[ENC_LAUNCH_CLAIM] = { "claim", sizeof(struct enc_launch_claim) },
	[ENC_LAUNCH_START] = { "start", sizeof(struct enc_launch_tagged) },
	[ENC_LAUNCH_KILL] = { "kill", sizeof(struct enc_launch_tagged) },
	[ENC_LAUNCH_DESTROY] = { "destroy", sizeof(struct enc_launch_tagged) },
	[ENC_LAUNCH_ENVIRONMENT] = { "environment",
				     sizeof(struct enc_launch_environment) },
	[ENC_LAUNCH_PLACE] = { "place", sizeof(struct enc_launch_place) },
	[ENC_LAUNCH_HOST] = { "host", sizeof(struct enc_launch_host) },
	[ENC_LAUNCH_CREATED] = { "created", sizeof(struct enc_launch_created) },
	[ENC_LAUNCH_FAILED] = { "failed", sizeof(struct enc_launch_failed) },
	[ENC_LAUNCH_CLAIMED] = { "claimed", sizeof(struct enc_launch_tagged) },
	[ENC_LAUNCH_ENDED] = { "ended", sizeof(struct enc_launch_ended) },
	[ENC_LAUNCH_VAULT] = { "vault", sizeof(struct enc_launch_tagged) },
	[ENC_LAUNCH_GONE] = { "gone", sizeof(struct enc_launch_tagged) },
};
static_assert(ENC_COUNT(rows) == ENC_LAUNCH_OPCODE_MAX, "opcode without row");

size_t enc_launch_size(uint32_t opcode)
{
	return opcode < ENC_COUNT(rows) ? rows[opcode].size_bytes : 0;
}

const char *enc_launch_opcode_name(uint32_t opcode)
{
	return enc_launch_size(opcode) > 0 ? rows[opcode].name : "?";
}

int enc_launch_send(int channel, const union enc_launch_message *message,
		    int fd_to_send)
{
	size_t size = enc_launch_size(message->opcode);

	ENC_ASSERT(size > 0);
	return enc_ipc_send(channel, message, size, fd_to_send);
}

int enc_launch_receive(int channel, void *ret_bytes, size_t room, int *ret_fd)
{
	return enc_ipc_receive(channel, ret_bytes, room, ret_fd);
}
