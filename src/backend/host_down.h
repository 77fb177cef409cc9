#ifndef ENC_BACKEND_HOST_DOWN_H
#define ENC_BACKEND_HOST_DOWN_H

/*
 * Frames to be written to a control link. The bytes are kept until libuv has
 * written them.
 */

#include <uv.h>

#include "buf.h"

struct enc_host_down {
	uv_write_t request;
	struct enc_buf bytes; /* to be filled before sending */
};

/* enc_host_down_new() - make an empty one; the caller frees or sends it */
struct enc_host_down *enc_host_down_new(void);

/* enc_host_down_free() - free frames that aren't sent; NULL is fine */
void enc_host_down_free(struct enc_host_down *down);

/*
 * enc_host_down_send() - send frames; takes @down, also on failure. Return: 0
 * or a negative errno. If the link breaks later, the reader of the link notices
 * it.
 */
ENC_NODISCARD int enc_host_down_send(struct enc_host_down *down,
				     uv_stream_t *link);

#endif
