#include <stdint.h>

#include "host_down.h"
#include "host_frames.h"

struct enc_host_down *enc_host_down_new(void)
{
	struct enc_host_down *down = enc_xalloc(sizeof(*down));

	down->bytes = ENC_BUF(ENC_HOST_DOWN_MAX_BYTES);
	return down;
}

void enc_host_down_free(struct enc_host_down *down)
{
	if (down != NULL) {
		enc_buf_done(&down->bytes);
		free(down);
	}
}

static void on_written(uv_write_t *request, int status)
{
	(void)status;
	enc_host_down_free(ENC_HOLDER(request, struct enc_host_down, request));
}

int enc_host_down_send(struct enc_host_down *down, uv_stream_t *link)
{
	uv_buf_t bytes = {
		.base = (char *)(uintptr_t)enc_buf_bytes(&down->bytes),
		.len = down->bytes.length,
	};
	int r = uv_write(&down->request, link, &bytes, 1, on_written);

	if (r < 0) {
		enc_host_down_free(down);
	}
	return r;
}
