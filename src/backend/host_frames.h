#ifndef ENC_BACKEND_HOST_FRAMES_H
#define ENC_BACKEND_HOST_FRAMES_H

/*
 * The control link's two directions as pure functions: a program becomes
 * frames for the gate, a frame of the gate becomes a report. Nothing here
 * looks into what a program wrote.
 */

#include "backend.h"
#include "frame.h"

enum {
	/* Code, files, stdin, environment: what a request may hold, framed. */
	ENC_HOST_DOWN_MAX_BYTES = 16 << 20,
};

/**
 * enc_host_frames_load() - POLICY, then every FILE
 *
 * Return: ENC_OK; ENC_LIMIT; ENC_BAD_REQUEST for a path that leads out
 */
ENC_NODISCARD enum enc_code
enc_host_frames_load(struct enc_buf *out, const struct enc_program *program,
		     struct enc_error *err);

/* enc_host_frames_start() - LAUNCH, then STDIN to its end; ENC_OK; ENC_LIMIT */
ENC_NODISCARD enum enc_code
enc_host_frames_start(struct enc_buf *out, const struct enc_program *program,
		      struct enc_error *err);

/**
 * enc_host_frames_report() - what a frame of the gate says
 * @ret_report: for all but EXIT and TALLY, whose parsers the caller uses;
 * borrows from @frame
 *
 * Return: 0; -EPROTO
 */
ENC_NODISCARD int enc_host_frames_report(const struct enc_frame *frame,
					 struct enc_report *ret_report);

#endif
