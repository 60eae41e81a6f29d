/* LPD (RFC 1179): print jobs carry the host and the user they are of. */
#include "classify/dissect/text.h"

#define CONTROL_BYTES 4096 /* of a control file that are read */

enum { PRINT_WAITING = 1, RECEIVE_JOB, QUEUE_SHORT, QUEUE_LONG, REMOVE_JOBS };
enum { CONTROL_FILE = 2, DATA_FILE = 3 };

enum stage { COMMAND, SUBCOMMAND, CONTROL };

struct lpd {
	uint64_t left; /* of the control file, its zero included */
	uint8_t stage;
	bool overlong;
};

/* A command octet, then the name of a queue as printable text up to the end of the line. */
static enum probe probe(const struct probe_input *in)
{
	struct cursor c = in->first[0], server = in->first[1];
	if (in->dport != 515 || (cursor_left(&server) && *server.at > 1 && *server.at < 0x20))
		return PROBE_NO;
	if (!cursor_left(&c))
		return cursor_left(&server) ? PROBE_NO : PROBE_MAYBE;
	uint8_t command = cursor_u8(&c);
	if (command < PRINT_WAITING || command > REMOVE_JOBS)
		return PROBE_NO;
	for (size_t n = 0; cursor_left(&c) && n < 128; n++) {
		uint8_t octet = cursor_u8(&c);
		if (octet == '\n')
			return n ? PROBE_YES : PROBE_NO;
		if (octet < 0x20 || octet > 0x7e)
			return PROBE_NO;
	}
	return cursor_left(&c) ? PROBE_NO : PROBE_MAYBE;
}

/* Lines of a letter and its text: H the host, P the person. */
static bool control(struct dissection *x, struct lpd *l, struct cursor *c)
{
	struct cursor file = *c, line;
	if (cursor_left(&file) < l->left)
		return false;
	file.end = file.at + l->left;
	while (cursor_line(&file, &line))
		if (cursor_peek(&line, 0) == 'H' || cursor_peek(&line, 0) == 'P') {
			bool host = *line.at++ == 'H';
			text_yield(x, host ? FIELD_LPD_HOST : FIELD_USER_NAME, SUBJECT_SENDER, line, 64);
		}
	c->at += l->left;
	dissection_done(x); /* what follows is the document */
	return false;
}

/* "\002COUNT NAME": a control file follows. A data file may come first: it passes. */
static bool subcommand(struct dissection *x, struct lpd *l, struct cursor line, struct cursor *c)
{
	uint8_t what = cursor_u8(&line);
	uint64_t count;
	if (!text_number(text_word(&line), &count)) {
		dissection_done(x);
		return false;
	}
	if (what == DATA_FILE) {
		text_pass(x, c, count + 1);
		return true;
	}
	if (what != CONTROL_FILE || count > CONTROL_BYTES) {
		dissection_done(x);
		return false;
	}
	l->left = count + 1;
	l->stage = CONTROL;
	return true;
}

static bool client(struct dissection *x, struct lpd *l, struct cursor *c)
{
	struct cursor line;
	if (l->stage == CONTROL)
		return control(x, l, c);
	if (!text_line(&l->overlong, c, &line))
		return false;
	if (l->stage == SUBCOMMAND)
		return subcommand(x, l, line, c);
	l->stage = SUBCOMMAND;
	if (cursor_peek(&line, 0) != RECEIVE_JOB)
		dissection_done(x);
	return !x->done[x->direction];
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct lpd *l = x->state;
	if (dissection_from_server(x)) {
		dissection_service(x);
		dissection_done(x);
		return;
	}
	while (!x->done[x->direction] && cursor_left(c) && client(x, l, c))
		;
}

const struct dissector lpd_dissector = {
	.name = "lpd",
	.application = "printer",
	.transports = TRANSPORT_TCP,
	.ports = {515},
	.state_bytes = sizeof(struct lpd),
	.probe = probe,
	.stream = stream,
};
