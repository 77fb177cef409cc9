#ifndef ENC_BACKEND_HOST_DOWN_H
#define ENC_BACKEND_HOST_DOWN_H

/*
 * Frames on their way down a control link: bytes that are kept until libuv has
 * written them.
 */

#include <uv.h>

#include "buf.h"

struct enc_host_down {
	uv_write_t request;
	struct enc_buf bytes; /* fill it before it is sent */
};

/* enc_host_down_new() - empty; the caller frees or sends it */
struct enc_host_down *enc_host_down_new(void);

/* enc_host_down_free() - one that isn't sent; NULL is fine */
void enc_host_down_free(struct enc_host_down *down);

/*
 * enc_host_down_send() - takes @down, also when that fails; 0 or a negative
 * errno. A link that breaks later shows where it is read.
 */
ENC_NODISCARD int enc_host_down_send(struct enc_host_down *down,
				     uv_stream_t *link);

#endif
