#ifndef ENC_INIT_INIT_LINK_H
#define ENC_INIT_INIT_LINK_H

/*
 * The link to the runner, behind which the gate is: frames come down and are
 * done, and what happens is told up. What descriptors of the program say is
 * for init.c. All that return an int return 0, or a negative errno that ends
 * the sandbox.
 */

#include "init_files.h"
#include "init_program.h"
#include "init_result.h"
#include "init_stage.h"

enum {
	/* Past this, nothing more is read from the runner. */
	ENC_INIT_STDIN_HIGH_BYTES = 8 * 1024 * 1024,
	ENC_INIT_FAULT_BYTES = 512,
};

/* The state of pid 1, of which there is one. */
struct enc_init {
	enum enc_init_stage stage;
	int runner;
	struct enc_buf in;
	struct enc_buf out;
	struct enc_buf input; /* the program's stdin */
	bool input_ends;
	struct enc_init_files files;
	struct enc_buf fault; /* why LAUNCH will fail, in words */
	struct enc_init_program program;
	enum enc_language waits; /* INVALID: no interpreter does */
	bool file_acts;		 /* on an interpreter that starts */
	struct enc_buf go;	 /* what the one that waits is told */
	struct enc_message_ready ready;
	struct enc_init_result result;
	bool ended[2]; /* END of stdout, of stderr was told */
	size_t residue[ENC_INIT_END_MAX]; /* ENDING: bytes still to drain */
	int wait_status;
	struct enc_message_exit exit;
};

/* ---- up ---- */

/* enc_init_link_become_ready() - checked, and what shall wait waits: READY */
ENC_NODISCARD int enc_init_link_become_ready(struct enc_init *init);

/* enc_init_link_run() - the program does, from now on: STARTED */
ENC_NODISCARD int enc_init_link_run(struct enc_init *init);

/* enc_init_link_tell_output() - of stdout or stderr; no bytes: its end */
ENC_NODISCARD int enc_init_link_tell_output(struct enc_init *init,
					    enum enc_init_end end,
					    const uint8_t *bytes,
					    size_t length);

/*
 * enc_init_link_fail_launch() - the program never ran; says why on its stderr,
 * finishes
 */
ENC_NODISCARD int enc_init_link_fail_launch(struct enc_init *init, int code);

/*
 * enc_init_link_finish() - the last frames; afterwards there is only flushing
 * to do
 */
ENC_NODISCARD int enc_init_link_finish(struct enc_init *init);

/* enc_init_link_write() - as much of what was told as the runner takes */
ENC_NODISCARD int enc_init_link_write(struct enc_init *init);

/* ---- down ---- */

/* enc_init_link_read() - what there is, and do it; -EPIPE at its end */
ENC_NODISCARD int enc_init_link_read(struct enc_init *init);

/* enc_init_link_do_frames() - all whole ones, until stdin is full */
ENC_NODISCARD int enc_init_link_do_frames(struct enc_init *init);

/*
 * enc_init_link_has_room() - for another STDIN. Before LAUNCH always: the
 * frame that makes room comes behind it. Then the buffer's maximum ends the
 * sandbox.
 */
bool enc_init_link_has_room(const struct enc_init *init);

/*
 * enc_init_link_tell_go() - LAUNCH, to the one that waits: as much as it takes;
 * then it runs and descriptor 4 is gone
 */
ENC_NODISCARD int enc_init_link_tell_go(struct enc_init *init);

#endif
