#ifndef ENC_INIT_INIT_LINK_H
#define ENC_INIT_INIT_LINK_H

/*
 * The link to the gate, over the runner stream. Frames from the gate are
 * carried out, and events are sent to it as frames. init.c handles the
 * descriptors of the program. All functions that return an int return 0, or a
 * negative errno that ends the sandbox.
 */

#include "init_channel.h"
#include "init_files.h"
#include "init_program.h"
#include "init_stage.h"

enum {
	/* If more stdin is buffered, the runner stream isn't read. */
	ENC_INIT_STDIN_HIGH_BYTES = 8 * 1024 * 1024,
	ENC_INIT_FAULT_BYTES = 512,
};

/* The state of pid 1. There is only one. */
struct enc_init {
	enum enc_init_stage stage;
	int runner;
	struct enc_buf in;
	struct enc_buf out;
	uint64_t sent;	      /* bytes that the gate has */
	struct enc_buf input; /* the program's stdin, not written yet */
	bool input_ends;
	struct enc_init_files files;
	struct enc_buf fault; /* message for stderr: why LAUNCH will fail */
	struct enc_init_program program;
	/* Language of the waiting interpreter; INVALID: none waits. */
	enum enc_language waits;
	bool file_acts;	   /* a file influences how an interpreter starts */
	struct enc_buf go; /* message for the waiting interpreter */
	struct enc_message_ready ready;
	struct enc_init_channel channel;
	bool ended[2]; /* END was sent for stdout, for stderr */
	/* ENDING: bytes that are still to be read. */
	size_t residue[ENC_INIT_END_MAX];
	int wait_status;
	struct enc_message_exit exit;
};

/* ---- to the gate ---- */

/*
 * enc_init_link_become_ready() - move to WAITING and send READY; the self-check
 * is done, and a waiting interpreter waits
 */
ENC_NODISCARD int enc_init_link_become_ready(struct enc_init *init);

/*
 * enc_init_link_run() - move to RUNNING and send STARTED; the program runs now
 */
ENC_NODISCARD int enc_init_link_run(struct enc_init *init);

/*
 * enc_init_link_tell_output() - send output of stdout or stderr; no bytes mean
 * the end of the stream
 */
ENC_NODISCARD int enc_init_link_tell_output(struct enc_init *init,
					    enum enc_init_end end,
					    const uint8_t *bytes,
					    size_t length);

/* enc_init_link_tell_result() - send a result, JSON that was checked */
ENC_NODISCARD int enc_init_link_tell_result(struct enc_init *init,
					    const struct enc_buf *json);

/* enc_init_link_tell_rejected() - send the reason why a result isn't kept */
ENC_NODISCARD int enc_init_link_tell_rejected(struct enc_init *init,
					      enum enc_reject_reason reason);

/*
 * enc_init_link_end() - how many bytes the gate will have got when everything
 * that was told until now is sent
 */
uint64_t enc_init_link_end(const struct enc_init *init);

/*
 * enc_init_link_fail_launch() - send the error as stderr of the program, which
 * never ran, and finish
 */
ENC_NODISCARD int enc_init_link_fail_launch(struct enc_init *init, int code);

/*
 * enc_init_link_finish() - send the last frames; afterwards only the buffer is
 * to be flushed
 */
ENC_NODISCARD int enc_init_link_finish(struct enc_init *init);

/*
 * enc_init_link_write() - write as much of the buffer as the runner stream
 * takes
 */
ENC_NODISCARD int enc_init_link_write(struct enc_init *init);

/* ---- from the gate ---- */

/*
 * enc_init_link_read() - read and carry out frames; -EPIPE at the end of the
 * stream
 */
ENC_NODISCARD int enc_init_link_read(struct enc_init *init);

/*
 * enc_init_link_do_frames() - carry out all complete frames, until stdin is
 * full
 */
ENC_NODISCARD int enc_init_link_do_frames(struct enc_init *init);

/*
 * enc_init_link_has_room() - whether another STDIN fits into the buffer. Before
 * LAUNCH always true, since room is made only after LAUNCH. STDIN beyond the
 * buffer's maximum ends the sandbox.
 */
bool enc_init_link_has_room(const struct enc_init *init);

/*
 * enc_init_link_tell_go() - write LAUNCH to the waiting interpreter, as much as
 * it takes. Once all is written, the program runs and descriptor 3 is closed.
 */
ENC_NODISCARD int enc_init_link_tell_go(struct enc_init *init);

#endif
