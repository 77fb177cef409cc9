#ifndef ENC_GATE_LINK_H
#define ENC_GATE_LINK_H

/*
 * A link is a stream of frames with one peer: the control link with
 * enclave-api, the runner link with enclave-init. It has a buffer for each
 * direction, knows which frames are on their way, and polls for exactly the
 * events that can be handled now. It doesn't know what a frame means.
 */

#include <stdbool.h>
#include <uv.h>

#include "buf.h"
#include "frame.h"

struct enc_gate;

struct enc_link {
	int fd;
	uv_poll_t poll;
	int events; /* events that poll() waits for */
	struct enc_buf in;
	struct enc_buf out;
	uint64_t in_out; /* a bit per type of the frames in `out` */
	bool ended; /* the link is closed, or its peer broke the protocol */
};

/* enc_link_act_fn - act on a frame. Return: 0 or a negative errno */
typedef int enc_link_act_fn(void *context, const struct enc_frame *frame);

/*
 * enc_link_open() - begin to read a stream
 * @out_max: limit of bytes that wait to be written
 * @ready:   called with the link's `poll`
 */
void enc_link_open(struct enc_link *link, struct enc_gate *gate, int fd,
		   size_t out_max, uv_poll_cb ready);

/*
 * enc_link_put() - append a frame to what is written next. The buffer must have
 * room for it.
 */
void enc_link_put(struct enc_link *link, enum enc_frame_side as,
		  const struct enc_frame *frame);

/*
 * enc_link_read() - read what is there. Return: 1; 0 at the end of the stream;
 * -EAGAIN; another negative errno
 */
ENC_NODISCARD int enc_link_read(struct enc_link *link);

/* enc_link_write() - write what the peer takes. Return: 0 or a negative errno */
ENC_NODISCARD int enc_link_write(struct enc_link *link);

/* enc_link_flush() - write all that waits, however long that takes */
void enc_link_flush(struct enc_link *link);

/**
 * enc_link_take() - act on all complete frames that were read, as long as
 * @other has less than @high bytes
 * @from: the peer
 *
 * Return: 0 or the negative errno of the parser or of @act
 */
ENC_NODISCARD int enc_link_take(struct enc_link *link, enum enc_frame_side from,
				enc_link_act_fn *act, void *context,
				const struct enc_buf *other, size_t high);

/* enc_link_watch() - poll for exactly the events that can be handled now */
void enc_link_watch(struct enc_link *link, bool may_read);

/* enc_link_stop() - neither read nor write any more */
void enc_link_stop(struct enc_link *link);

#endif
