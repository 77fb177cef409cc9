#ifndef ENC_BACKEND_HOST_FRAMES_H
#define ENC_BACKEND_HOST_FRAMES_H

/*
 * Pure functions for both directions of the control link: a program becomes
 * frames for the gate, and a frame of the gate becomes a report. They don't
 * interpret what a program wrote. A result is only checked to be valid JSON, so
 * that a hostile gate can't add members to an answer.
 */

#include "backend.h"
#include "frame.h"

enum {
	/* Frames of the largest request: code, files, stdin, environment. */
	ENC_HOST_DOWN_MAX_BYTES = 16 << 20,
};

/**
 * enc_host_frames_load() - append POLICY, RULES if the program has an allowlist,
 * then every FILE
 *
 * Return: ENC_OK; ENC_LIMIT; ENC_BAD_REQUEST for a path that leads out of its
 * root
 */
ENC_NODISCARD enum enc_code
enc_host_frames_load(struct enc_buf *out, const struct enc_program *program,
		     struct enc_error *err);

/*
 * enc_host_frames_start() - append LAUNCH, then all of STDIN. Return: ENC_OK;
 * ENC_LIMIT
 */
ENC_NODISCARD enum enc_code
enc_host_frames_start(struct enc_buf *out, const struct enc_program *program,
		      struct enc_error *err);

/*
 * enc_host_frames_rules() - append RULES. Return: ENC_OK; ENC_LIMIT if the rules
 * don't fit into a frame
 */
ENC_NODISCARD enum enc_code enc_host_frames_rules(struct enc_buf *out,
						  const char *const *rules,
						  size_t count,
						  struct enc_error *err);

/* enc_host_frames_recorded() - append RECORDED; @out must have room for it */
void enc_host_frames_recorded(struct enc_buf *out, uint64_t count);

/**
 * enc_host_frames_report() - turn a frame of the gate into a report
 * @frame:      any frame except EXIT and TALLY, for which the caller uses their
 *              own parsers
 * @ret_report: borrows from @frame
 *
 * Return: 0; -EPROTO
 */
ENC_NODISCARD int enc_host_frames_report(const struct enc_frame *frame,
					 struct enc_report *ret_report);

#endif
