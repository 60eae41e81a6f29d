/* MongoDB's wire protocol: the driver, its system and its application from the handshake (hello, isMaster), the
 * server's version from what buildInfo and serverStatus answer. */
#include "classify/dissect/text.h"
#include "classify/dissect/wire.h"

#define HEADER_BYTES 16
#define MOST_LENGTH  48000000u
#define ELEMENTS     128
#define DEPTH        3
#define MESSAGES     60

enum operation { REPLY = 1, QUERY = 2004, COMPRESSED = 2012, MESSAGE = 2013 };
enum bson {
	DOUBLE = 1,
	STRING,
	DOCUMENT,
	ARRAY,
	BINARY,
	ID = 7,
	BOOLEAN,
	DATE,
	NOTHING,
	INT32 = 16,
	STAMP,
	INT64,
	DECIMAL
};

struct mongodb {
	uint16_t messages[2];
	bool client, server;
};

struct head {
	uint32_t length, request, answered, operation;
};

static int header(struct cursor c, struct head *h)
{
	size_t have = cursor_left(&c);
	h->length = cursor_le32(&c);
	h->request = cursor_le32(&c);
	h->answered = cursor_le32(&c);
	h->operation = cursor_le32(&c);
	if (have >= 4 && (h->length < HEADER_BYTES || h->length > MOST_LENGTH))
		return -1;
	if (have < HEADER_BYTES)
		return 0;
	return h->operation == REPLY || (h->operation >= 2001 && h->operation <= MESSAGE) ? 1 : -1;
}

static enum probe probe(const struct probe_input *in)
{
	enum probe best = PROBE_MAYBE;
	for (int d = 0; d < 2; d++) {
		struct head h;
		int r = header(in->first[d], &h);
		if (r < 0 || (r && d == 0 && h.answered && !in->mid_stream))
			return PROBE_NO;
		if (r)
			best = PROBE_YES;
	}
	return best;
}

/* An element of a document: its kind, name and value; false at the end or when its kind has no size here. */
static bool element(struct cursor *c, uint8_t *kind, struct cursor *name, struct cursor *value)
{
	*kind = cursor_u8(c);
	if (!*kind || !text_before(c, 0, name))
		return false;
	size_t len = 0;
	struct cursor sized = *c;
	switch (*kind) {
	case STRING:
		*value = cursor_sub(c, cursor_le32(c));
		return cursor_ok(c) && cursor_left(value);
	case DOCUMENT:
	case ARRAY:
		len = cursor_le32(&sized);
		break;
	case BINARY:
		len = cursor_le32(&sized) + (size_t)5;
		break;
	case ID:
		len = 12;
		break;
	case BOOLEAN:
		len = 1;
		break;
	case NOTHING:
		break;
	case INT32:
		len = 4;
		break;
	case DOUBLE:
	case DATE:
	case STAMP:
	case INT64:
		len = 8;
		break;
	case DECIMAL:
		len = 16;
		break;
	default:
		return false;
	}
	*value = cursor_sub(c, len);
	return cursor_ok(c);
}

/* The value at a path of names ("client", "driver", "name"), of that kind; empty when it is not there. */
static struct cursor find(struct cursor document, uint8_t wanted, const char *const *path)
{
	struct cursor name, value;
	uint8_t kind;
	for (unsigned depth = 0; depth < DEPTH && path[depth]; depth++) {
		uint8_t as = path[depth + 1] ? DOCUMENT : wanted;
		bool found = false;
		cursor_skip(&document, 4);
		for (unsigned i = 0; i < ELEMENTS && !found && element(&document, &kind, &name, &value); i++)
			found = kind == as && text_is(name, path[depth]);
		if (!found)
			return cursor_init(NULL, 0);
		document = value;
	}
	return wire_trim(document);
}

#define FIND(document, kind, ...) find(document, kind, (const char *const[]){__VA_ARGS__, NULL})

/* Drivers in C++ and Node.js give a Mac the release of its kernel: Darwin 16 is macOS 10.12. Python's says "Darwin"
 * and the version of the system. */
static bool kernel_named(struct cursor os)
{
	return text_is(os, "Mac OS X") || text_is(os, "darwin");
}

static void hello(struct dissection *x, struct mongodb *s, struct cursor document)
{
	struct wire_text t = {.len = 0};
	wire_label(&t, "product", FIND(document, STRING, "client", "driver", "name"));
	if (!t.len)
		return;
	s->client = true;
	wire_label(&t, "version", FIND(document, STRING, "client", "driver", "version"));
	struct cursor os = FIND(document, STRING, "client", "os", "name");
	wire_label(&t, "os", os);
	wire_label(&t, kernel_named(os) ? "kernel" : "osVersion", FIND(document, STRING, "client", "os", "version"));
	wire_label(&t, "osType", FIND(document, STRING, "client", "os", "type"));
	wire_label(&t, "platform", FIND(document, STRING, "client", "platform"));
	wire_label(&t, "application", FIND(document, STRING, "client", "application", "name"));
	wire_yield(x, FIELD_MONGODB_CLIENT, &t);
}

/* "version" is other things' name too: it is the server's where the build or the process stand beside it. */
static void answer(struct dissection *x, struct mongodb *s, struct cursor document)
{
	struct wire_text t = {.len = 0};
	struct cursor version = FIND(document, STRING, "version");
	struct cursor build = FIND(document, STRING, "gitVersion"), process = FIND(document, STRING, "process");
	if (!cursor_left(&version) || (!cursor_left(&build) && !text_starts(process, "mongo")))
		return;
	s->server = true;
	wire_label(&t, "product", cursor_init("MongoDB", 7));
	wire_label(&t, "version", version);
	wire_label(&t, "openssl", FIND(document, STRING, "openssl", "running"));
	wire_label(&t, "allocator", FIND(document, STRING, "allocator"));
	wire_yield(x, FIELD_MONGODB_SERVER, &t);
}

/* The first document of a message. */
static struct cursor document(const struct head *h, struct cursor c)
{
	struct cursor name, none = cursor_init(NULL, 0);
	cursor_skip(&c, HEADER_BYTES);
	if (h->operation == MESSAGE) {
		cursor_skip(&c, 4);
		if (cursor_u8(&c) != 0)
			return none;
	} else if (h->operation == QUERY) {
		cursor_skip(&c, 4);
		if (!text_before(&c, 0, &name))
			return none;
		cursor_skip(&c, 8);
	} else if (h->operation == REPLY)
		cursor_skip(&c, 20);
	else
		return none;
	return cursor_ok(&c) ? c : none;
}

/* Of the message that begins here, as wire_next() takes it. */
static int64_t length(struct cursor c, struct head *h)
{
	int r = header(c, h);
	return r > 0 ? (int64_t)h->length : r;
}

static void stream(struct dissection *x, struct cursor *c)
{
	struct mongodb *s = x->state;
	struct cursor whole;
	struct head h;
	while (wire_next(x, c, length(*c, &h), &s->messages[x->direction], MESSAGES, &whole)) {
		if (dissection_from_server(x)) {
			dissection_service(x);
			if (!s->server)
				answer(x, s, document(&h, whole));
		} else if (!s->client)
			hello(x, s, document(&h, whole));
	}
}

const struct dissector dissector_mongodb = {
	.name = "mongodb",
	.application = "mongodb",
	.transports = TRANSPORT_TCP,
	.ports = {27017, 27018, 27019},
	.state_bytes = sizeof(struct mongodb),
	.probe = probe,
	.stream = stream,
};
