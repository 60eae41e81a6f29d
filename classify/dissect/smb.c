/* SMB over TCP (ports 445, and 139 behind a NetBIOS session): versions 1 to 3, until the session is set up. */
#include "classify/dissect/dcerpc.h"
#include "classify/dissect/netbios_name.h"
#include "classify/dissect/security_token.h"
#include "classify/dissect/smb1.h"
#include "classify/dissect/wire.h"

/* Most octets of a message that are looked at: security tokens with large tickets fit. */
#define MESSAGE_BYTES 16384
#define MOST_MESSAGES 512
/* Once a session stands, so many more are looked at: what follows first are calls over pipes, with log-ins of their
 * own. */
#define MORE_MESSAGES 64
/* Most octets of a read or write that may be such a call's beginning. */
#define PIPE_BYTES 4096

#define SMB2_HEADER_BYTES   64
#define SMB2_FLAG_RESPONSE  1u
#define SMB2_NEGOTIATE      0
#define SMB2_TREE_CONNECT   3
#define SMB2_SESSION_SETUP  1
#define SMB2_SETUP_RESPONSE 9 /* structure size of a set-up response */

enum { FRAME_MESSAGE = 0x00, FRAME_REQUEST = 0x81, FRAME_POSITIVE, FRAME_NEGATIVE, FRAME_RETARGET, FRAME_KEEPALIVE };
enum { MAGIC_SEALED = 0xfd, MAGIC_2 = 0xfe, MAGIC_1 = 0xff, MAGIC_PACKED = 0xfc };

struct smb {
	uint16_t messages[2];
};

static void served(struct dissection *x)
{
	x->application = wire_sender_port(x) == 139 ? "netbios-ssn" : NULL;
	wire_served(x);
}

static bool is_smb(const struct cursor *c, uint8_t magic)
{
	return cursor_peek(c, 0) == magic && cursor_peek(c, 1) == 'S' && cursor_peek(c, 2) == 'M' &&
	       cursor_peek(c, 3) == 'B';
}

/* Who is called, then who calls (RFC 1002 4.3.2). */
static void read_session_request(struct dissection *x, struct cursor c)
{
	struct netbios_name called, calling;
	bool good = netbios_name_read(&called, &c);
	if (good && netbios_name_is_host(&called) && !wire_equal(called.text, called.len, "*SMBSERVER", 10))
		dissection_yield(x, FIELD_NBNS_NAME, SUBJECT_RECEIVER, called.text, called.len);
	if (netbios_name_read(&calling, &c) && netbios_name_is_host(&calling))
		dissection_yield(x, FIELD_NBNS_NAME, SUBJECT_SENDER, calling.text, calling.len);
}

static void session_stands(struct dissection *x)
{
	struct smb *s = x->state;
	for (unsigned d = 0; d < 2; d++)
		if (s->messages[d] < MOST_MESSAGES - MORE_MESSAGES)
			s->messages[d] = MOST_MESSAGES - MORE_MESSAGES;
}

/* Transaction, read, write: what carries calls over a pipe. */
static bool smb1_is_pipe(uint8_t command)
{
	return command == 0x25 || command == 0x2e || command == 0x2f;
}

/* Read, write, control. */
static bool smb2_is_pipe(unsigned command)
{
	return command == 8 || command == 9 || command == 11;
}

static void read_smb1(struct dissection *x, struct cursor c)
{
	uint8_t command = cursor_peek(&c, 4);
	bool reply = cursor_peek(&c, 9) & 0x80;
	bool well = !(cursor_peek(&c, 5) | cursor_peek(&c, 6) | cursor_peek(&c, 7) | cursor_peek(&c, 8));
	if (reply)
		served(x);
	if (command == SMB1_NEGOTIATE || command == SMB1_SESSION_SETUP)
		smb1_message(x, c);
	else if (smb1_is_pipe(command))
		dcerpc_find(x, c);
	if (command == SMB1_SESSION_SETUP && reply && well)
		session_stands(x);
}

static void read_negotiate(struct dissection *x, struct cursor c)
{
	static const uint8_t none[16];
	cursor_skip(&c, 8);
	const uint8_t *guid = cursor_bytes(&c, 16);
	if (guid && memcmp(guid, none, 16))
		dissection_yield(x, FIELD_SMB_SERVER_GUID, SUBJECT_SENDER, guid, 16);
}

/* The path of a share, \\server\share, has the name by which the client calls the server. */
static void read_tree(struct dissection *x, struct cursor message, struct cursor c)
{
	cursor_skip(&c, 4);
	uint16_t offset = cursor_le16(&c), len = cursor_le16(&c);
	struct wire_text path = {.len = 0};
	struct address a;
	cursor_skip(&message, offset);
	struct cursor text = cursor_sub(&message, len);
	wire_text_utf16(&path, text.at, cursor_left(&text));
	if (path.len < 4 || path.data[0] != '\\' || path.data[1] != '\\')
		return;
	const char *name = path.data + 2, *end = memchr(name, '\\', path.len - 2);
	char literal[ADDRESS_TEXT_BYTES] = "";
	size_t n = end ? (size_t)(end - name) : 0;
	if (n && n < sizeof literal)
		memcpy(literal, name, n);
	if (n && !address_parse(literal, &a))
		dissection_yield(x, FIELD_SMB_TREE_HOST, SUBJECT_RECEIVER, name, n);
}

static void read_smb2(struct dissection *x, struct cursor c)
{
	struct cursor message = c;
	cursor_skip(&c, 8);
	uint32_t status = cursor_le32(&c);
	uint16_t command = cursor_le16(&c);
	cursor_skip(&c, 2);
	bool reply = cursor_le32(&c) & SMB2_FLAG_RESPONSE;
	cursor_skip(&c, SMB2_HEADER_BYTES - 20);
	if (!cursor_ok(&c))
		return;
	if (reply)
		served(x);
	if (command == SMB2_NEGOTIATE && reply && !status)
		read_negotiate(x, c);
	else if (command == SMB2_SESSION_SETUP)
		security_token_find(x, c);
	else if (command == SMB2_TREE_CONNECT && !reply)
		read_tree(x, message, c);
	else if (smb2_is_pipe(command))
		dcerpc_find(x, c);
	if (command == SMB2_SESSION_SETUP && reply && !status && cursor_peek(&c, 0) == SMB2_SETUP_RESPONSE)
		session_stands(x);
}

static void read_message(struct dissection *x, struct cursor c)
{
	if (is_smb(&c, MAGIC_1))
		read_smb1(x, c);
	else if (is_smb(&c, MAGIC_2))
		read_smb2(x, c);
	else if (is_smb(&c, MAGIC_SEALED))
		dissection_done_both(x);
	else if (!is_smb(&c, MAGIC_PACKED))
		dissection_fail(x);
}

/* How much of a message is worth waiting for: all of those that tell, of others the header. */
static size_t wanted(const struct cursor *c, size_t len)
{
	uint8_t command = cursor_peek(c, 4);
	unsigned command2 = (unsigned)cursor_peek(c, 13) << 8 | cursor_peek(c, 12);
	bool one = is_smb(c, MAGIC_1), two = is_smb(c, MAGIC_2);
	bool tells = (one && (command == SMB1_NEGOTIATE || command == SMB1_SESSION_SETUP)) ||
		     (two && (command2 <= SMB2_SESSION_SETUP || command2 == SMB2_TREE_CONNECT));
	bool pipe = (one && smb1_is_pipe(command)) || (two && smb2_is_pipe(command2));
	size_t most = tells ? MESSAGE_BYTES : pipe && len <= PIPE_BYTES ? PIPE_BYTES : SMB2_HEADER_BYTES;
	return len < most ? len : most;
}

/* Steps over the rest of a frame, of which part may be still to come. */
static void pass(struct dissection *x, struct cursor *c, size_t len)
{
	size_t have = cursor_left(c);
	cursor_skip(c, len < have ? len : have);
	if (len > have)
		dissection_skip(x, len - have);
}

/* One frame; false when more octets are needed. */
static bool read_frame(struct dissection *x, struct cursor *c)
{
	struct cursor at = *c;
	uint8_t kind = cursor_u8(&at);
	size_t len = cursor_u24(&at), have = cursor_left(&at);
	size_t head = len < SMB2_HEADER_BYTES ? len : SMB2_HEADER_BYTES;
	if (kind >= FRAME_REQUEST && kind <= FRAME_KEEPALIVE)
		len &= 0x1ffff;
	else if (kind != FRAME_MESSAGE)
		dissection_fail(x);
	if (!cursor_ok(&at) || x->failed || have < head)
		return false;
	size_t want = kind == FRAME_MESSAGE ? wanted(&at, len) : len < 256 ? len : 256;
	if (have < want)
		return false;
	struct cursor message = cursor_sub(&at, want);
	*c = at;
	if (kind == FRAME_MESSAGE && len)
		read_message(x, message);
	else if (kind == FRAME_REQUEST)
		read_session_request(x, message);
	else if (kind == FRAME_POSITIVE)
		served(x);
	pass(x, c, len - want);
	return true;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct smb *s = x->state;
	while (cursor_left(c) >= 4 && !x->failed && !x->done[x->direction]) {
		if (!read_frame(x, c))
			return;
		if (++s->messages[x->direction] >= MOST_MESSAGES)
			dissection_done(x);
	}
}

static enum probe probe_direction(struct cursor c)
{
	uint8_t kind = cursor_u8(&c);
	uint32_t len = cursor_u24(&c);
	if (kind != FRAME_MESSAGE && kind != FRAME_REQUEST && kind != FRAME_POSITIVE)
		return PROBE_NO;
	if (kind == FRAME_POSITIVE && !len && cursor_ok(&c)) {
		/* the answer to a session request has no more to it; what follows shows */
		kind = cursor_u8(&c);
		cursor_skip(&c, 3);
	}
	if (kind != FRAME_MESSAGE && kind != FRAME_REQUEST)
		return cursor_ok(&c) ? PROBE_NO : PROBE_MAYBE;
	if (cursor_left(&c) < 4)
		return PROBE_MAYBE;
	bool good = kind == FRAME_REQUEST ? cursor_peek(&c, 0) == 32
					  : is_smb(&c, MAGIC_1) || is_smb(&c, MAGIC_2) || is_smb(&c, MAGIC_SEALED);
	return good ? PROBE_YES : PROBE_NO;
}

static enum probe probe(const struct probe_input *in)
{
	for (unsigned d = 0; d < 2; d++)
		if (cursor_left(&in->first[d]))
			return probe_direction(in->first[d]);
	return PROBE_MAYBE;
}

const struct dissector smb_dissector = {
	.name = "smb",
	.application = "smb",
	.transports = TRANSPORT_TCP,
	.ports = {445, 139},
	.state_bytes = sizeof(struct smb),
	.probe = probe,
	.stream = stream,
};
