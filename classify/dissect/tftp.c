/* TFTP (RFC 1350): the name of the file that is asked for tells what starts there: phones ask for their own. The answer
 * comes from a port of its own, so the server's is never heard. */
#include "classify/dissect/text.h"

enum { READ = 1, WRITE = 2 };

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

static void datagram(struct dissection *x, struct cursor *c)
{
	struct cursor file;
	if (request(*c, &file))
		text_yield(x, FIELD_TFTP_FILE, SUBJECT_SENDER, file, 200);
}

static enum probe probe(const struct probe_input *in)
{
	struct cursor file;
	if (!cursor_left(&in->first[0]))
		return PROBE_NO;
	return request(in->first[0], &file) ? PROBE_YES : PROBE_NO;
}

const struct dissector tftp_dissector = {
	.name = "tftp",
	.application = "tftp",
	.transports = TRANSPORT_UDP,
	.ports = {69},
	.probe = probe,
	.datagram = datagram,
};
