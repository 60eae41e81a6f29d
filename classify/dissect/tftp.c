/* TFTP (RFC 1350): the name of the file that is asked for tells what starts there: phones ask for their own. The answer
 * comes from a port of its own, in what looks like another conversation. */
#include "classify/dissect/text.h"

enum { READ = 1, WRITE = 2, DATA = 3, ACKNOWLEDGEMENT = 4, ERROR = 5, OPTIONS = 6 /* RFC 2347 */ };
#define DATA_BYTES 65464 /* of a block (RFC 2348) */

/* Operation, name, mode, each text with its NUL. */
static bool request(struct cursor c, struct cursor *file)
{
	struct cursor mode;
	uint16_t operation = cursor_u16(&c);
	if (!cursor_ok(&c) || (operation != READ && operation != WRITE))
		return false;
	if (!text_before(&c, 0, file) || !text_before(&c, 0, &mode) || !cursor_left(file))
		return false;
	for (const uint8_t *p = file->at; p < file->end; p++)
		if (*p < 0x20 || *p == 0x7f)
			return false;
	return text_is(mode, "octet") || text_is(mode, "netascii") || text_is(mode, "mail");
}

/* The first a server says: a block, that it awaits one, what it agrees to, or what is wrong. */
static bool answer(struct cursor c)
{
	uint16_t operation = cursor_u16(&c), number = cursor_u16(&c);
	if (operation == OPTIONS)
		return cursor_left(&c) && !c.end[-1];
	if (!cursor_ok(&c))
		return false;
	return (operation == DATA && number == 1 && cursor_left(&c) <= DATA_BYTES) ||
	       (operation == ACKNOWLEDGEMENT && number == 0 && !cursor_left(&c)) ||
	       (operation == ERROR && number <= 8 && cursor_left(&c) && !c.end[-1]);
}

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor file;
	if (request(*c, &file)) {
		text_yield(x, FIELD_TFTP_FILE, SUBJECT_SENDER, file, 200);
		dissection_await(x);
	} else if (answer(*c) && dissection_answer(x))
		dissection_done_both(x);
	else
		dissection_fail(x);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor file;
	if (!cursor_left(&in->first[0]))
		return PROBE_NO;
	return request(in->first[0], &file) || answer(in->first[0]) ? PROBE_YES : PROBE_NO;
}

const struct dissector tftp_dissector = {
	.name = "tftp",
	.application = "tftp",
	.transports = TRANSPORT_UDP,
	.ports = {69},
	.probe = probe,
	.datagram = datagram,
};
