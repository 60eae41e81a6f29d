#include "tests/classify/dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_mongodb, dissector_redis, dissector_memcache, dissector_cassandra,
	dissector_amqp, dissector_kafka, dissector_nats, dissector_stomp, dissector_oracle, dissector_sqlbrowser;

#define OP_QUERY                "\1\0\0\0\0\0\0\0\xd4\7\0\0"
#define OP_REPLY                "\2\0\0\0\1\0\0\0\1\0\0\0"
#define OP_MSG                  "\3\0\0\0\0\0\0\0\xdd\7\0\0"
#define TEXT(name, size, value) "\2" name "\0" size "\0\0\0" value "\0"
#define DRIVER     \
	"\3"       \
	"driver\0" \
	"\x2a\0\0\0" TEXT("name", "\x08", "PyMongo") TEXT("version", "\6", "3.4.0") "\0"
#define OS     \
	"\3"   \
	"os\0" \
	"\x16\0\0\0" TEXT("name", "\7", "Ubuntu") "\0"
#define HELLO                                                     \
	"\x7e\0\0\0"                                              \
	"\x10isMaster\0\1\0\0\0"                                  \
	"\3"                                                      \
	"client\0"                                                \
	"\x63\0\0\0" DRIVER OS TEXT("platform", "\4", "CPy") "\0" \
							     "\0"

static void mongodb_drivers_and_servers_are_told(void **state)
{
	EXPECT(dissector_mongodb, 27017,
	       "mongodb.client client sender product=PyMongo;version=3.4.0;os=Ubuntu;platform=CPy\n"
	       "service server sender mongodb\n"
	       "mongodb.server server sender product=MongoDB;version=6.0.4\n",
	       C("\xa5\0\0\0" OP_QUERY "\0\0\0\0admin.$cmd\0\0\0\0\0\1\0\0\0" HELLO),
	       S("\x50\0\0\0" OP_REPLY "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0"
		 "\x30\0\0\0" TEXT("version", "\6", "6.0.4") TEXT("gitVersion", "\4", "abc") "\0"));
	/* a kernel's release is no version of the system */
	EXPECT(dissector_mongodb, 27017,
	       "mongodb.client client sender product=PyMongo;version=3.4.0;os=Mac OS X;kernel=16.3.0;platform=CPy\n",
	       C("\xbb\0\0\0" OP_QUERY "\0\0\0\0admin.$cmd\0\0\0\0\0\1\0\0\0"
		 "\x94\0\0\0"
		 "\x10isMaster\0\1\0\0\0"
		 "\3"
		 "client\0"
		 "\x79\0\0\0" DRIVER "\3"
		 "os\0"
		 "\x2c\0\0\0" TEXT("name", "\x09", "Mac OS X")
			 TEXT("version", "\7", "16.3.0") "\0" TEXT("platform", "\4", "CPy") "\0"
											    "\0"));
	/* "version" of something else, and a length that leads out */
	EXPECT(dissector_mongodb, 27017, "service server sender mongodb\n",
	       C("\x1a\0\0\0" OP_MSG "\0\0\0\0\0\5\0\0\0\0"),
	       S("\x37\0\0\0" OP_MSG "\0\0\0\0\0"
		 "\x22\0\0\0" TEXT("version", "\x7f", "6.0.4") TEXT("x", "\4", "abc") "\0"));
	EXPECT(dissector_mongodb, 27017, "not\n", C("\x0f\0\0\0" OP_QUERY));
	EXPECT(dissector_mongodb, 27017, "not\n", C("GET / HTTP/1.1\r\n"));
}

static void redis_servers_and_libraries_are_told(void **state)
{
	EXPECT(dissector_redis, 6379,
	       "service server sender redis\n"
	       "redis.server server sender product=Redis;version=7.0.15;os=Linux 6.1.0 x86_64\n",
	       C("*1\r\n$4\r\nINFO\r\n"),
	       S("$90\r\n# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nos:Linux 6.1.0 x86_64\r\n\r\n# "
		 "Clients\r\n"));
	EXPECT(dissector_redis, 6380,
	       "redis.client client sender product=redis-py;version=5.0.1\n"
	       "service server sender redis\n"
	       "redis.server server sender product=Redis;version=7.2.4\n",
	       C("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$8\r\nredis-"
		 "py\r\n"
		 "*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$7\r\nLIB-VER\r\n$5\r\n5.0.1\r\n"),
	       S("%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n"));
	EXPECT(dissector_redis, 6379,
	       "service server sender redis\nredis.server server sender product=Valkey;version=8.0.1\n",
	       C("*1\r\n$4\r\ninfo\r\n"),
	       S("$64\r\n# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n\r\n"));
	/* nobody asked: it is somebody's data */
	EXPECT(dissector_redis, 6379, "service server sender redis\n", C("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"),
	       S("$22\r\nredis_version:7.0.15\r\n\r\n"));
	EXPECT(dissector_redis, 6379, "not\n", C("*1\r\n$4\r\nPING\r\n"), S("HTTP/1.1 400 Bad\r\n"));
	EXPECT(dissector_redis, 6379, "not\n", C("*x\r\n$4\r\nPING\r\n"));
}

static void memcached_tells_its_version(void **state)
{
	EXPECT(dissector_memcache, 11211,
	       "service server sender memcache\nmemcache.version server sender "
	       "product=memcached;version=1.6.18\ndone\n",
	       C("version\r\n"), S("VERSION 1.6.18\r\n"));
	EXPECT(dissector_memcache, 11212,
	       "service server sender memcache\nmemcache.version server sender product=memcached;version=1.4.25 "
	       "Ubuntu\ndone\n",
	       C("stats\r\n"), S("STAT pid 7\r\nSTAT version 1.4.25 Ubuntu\r\nEND\r\n"));
	EXPECT(dissector_memcache, 11211,
	       "service server sender memcache\nmemcache.version server sender product=memcached;version=1.6.9\n",
	       C("\x80\x0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	       S("\x81\x0b\0\0\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\0\0\0\0\0"
		 "1.6.9"));
	EXPECT(dissector_memcache, 11211, "not\n", C("version\n"));
	EXPECT(dissector_memcache, 11212, "not\n", C("\x80\x0b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
}

static void cassandra_drivers_are_told(void **state)
{
	EXPECT(dissector_cassandra, 9042,
	       "cassandra.client client sender product=D;version=3.25\nservice server sender cassandra\n",
	       C("\4\0\0\0\1\0\0\0\x3c\0\3\0\x0b"
		 "CQL_VERSION\0\5"
		 "3.4.4\0\x0b"
		 "DRIVER_NAME\0\1D\0\x0e"
		 "DRIVER_VERSION\0\4"
		 "3.25"),
	       S("\x84\0\0\0\2\0\0\0\0"));
	EXPECT(dissector_cassandra, 9042, "not\n", C("\4\0\0\0\7\0\0\0\0"), S("\x84\0\0\0\2\0\0\0\0"));
	EXPECT(dissector_cassandra, 9042, "not\n", C("\4\0\0\0\1\0\0\0\x16"), S("\4\0\0\0\2\0\0\0\0"));
	EXPECT(dissector_cassandra, 9042, "not\n", C("\x10\x1f\0\4MQTT\4"));
}

#define LONG(name_size, name, size, value) name_size name "S\0\0\0" size value

static void amqp_brokers_and_clients_are_told(void **state)
{
	EXPECT(dissector_amqp, 5672,
	       "service server sender amqp\n"
	       "amqp.server server sender product=RabbitMQ;version=3.10.8;platform=Erlang\n"
	       "amqp.client client sender product=Pika;version=1.3\n",
	       C("AMQP\0\0\x09\1"),
	       S("\1\0\0\0\0\0\x58\0\x0a\0\x0a\0\x09\0\0\0\x49"
		 "\2xxF\0\0\0\5\1yt\1\0" LONG("\7", "product", "\x08", "RabbitMQ") LONG("\7", "version", "\6", "3.10.8")
			 LONG("\x08", "platform", "\6", "Erlang") "\0\0\0\0\0\xce"),
	       C("\1\0\0\0\0\0\x29\0\x0a\0\x0b\0\0\0\x21" LONG("\7", "product", "\4", "Pika")
			 LONG("\7", "version", "\3", "1.3") "\xce"));
	EXPECT(dissector_amqp, 5672,
	       "service server sender amqp\n"
	       "amqp.client client sender product=P;version=2\n",
	       C("AMQP\0\1\0\0"), S("AMQP\0\1\0\0"),
	       C("\0\0\0\x34\2\0\0\0\0\x53\x10\xc0\x27\x0a\xa1\1c\x40\x40\x40\x40\x40\x40\x40\x40\xc1\x19\4\xa3\7produc"
		 "t\xa1\1P"
		 "\xa3\7version\xa1\1"
		 "2"));
	/* a frame that does not end as one */
	EXPECT(dissector_amqp, 5672, "service server sender amqp\n", C("AMQP\0\0\x09\1"),
	       S("\1\0\0\0\0\0\x23\0\x0a\0\x0a\0\x09\0\0\0\x14" LONG("\7", "product", "\x08",
								     "RabbitMQ") "\0\0\0\0\0\xcd"));
	EXPECT(dissector_amqp, 5672, "not\n", C("AMQP\7\0\x09\1"));
	EXPECT(dissector_amqp, 5672, "not\n", C("AMQP\0\0\x09\1"), S("\1\0\0\0\0\0\x20\0\x0a\0\x0b"));
}

static void kafka_clients_are_told(void **state)
{
	EXPECT(dissector_kafka, 9092,
	       "kafka.client client sender product=librdkafka;version=1.9.2;id=app\nservice server sender kafka\n",
	       C("\0\0\0\x20\0\x12\0\3\0\0\0\7\0\3app\0\x0blibrdkafka\6"
		 "1.9.2\0"),
	       S("\0\0\0\6\0\0\0\7\0\0"));
	EXPECT(dissector_kafka, 9093, "service server sender kafka\n", C("\0\0\0\x0d\0\3\0\1\0\0\0\7\0\3app"),
	       S("\0\0\0\6\0\0\0\7\0\0"));
	EXPECT(dissector_kafka, 9092, "not\n", C("\0\0\0\x0d\0\3\0\1\0\0\0\7\0\3app"), S("\0\0\0\6\0\0\0\x08\0\0"));
	EXPECT(dissector_kafka, 9092, "not\n", C("\0\0\0\x0d\0\3\0\x7f\0\0\0\7\0\3app"));
	EXPECT(dissector_kafka, 9092, "not\n", C("\0\0\0\x0d\0\3\0\1\0\0\0\7\0\3a\1p"));
}

static void brokers_of_text_are_told(void **state)
{
	EXPECT(dissector_nats, 4222,
	       "service server sender nats\n"
	       "nats.server server sender product=NATS Server;version=2.9.1;go=go1.19;name=a\n"
	       "user.name client sender bob\n"
	       "nats.client client sender language=go;version=1.16.0\n",
	       S("INFO {\"server_id\":\"X\",\"version\":\"2.9.1\", \"go\" : \"go1.19\",\"server_name\":\"a\"}\r\n"),
	       C("CONNECT {\"verbose\":false,\"user\":\"bob\",\"lang\":\"go\",\"version\":\"1.16.0\"}\r\nPING\r\n"));
	EXPECT(dissector_nats, 4222, "not\n", S("INFO [\r\n"));
	/* a client that does not wait for the greeting */
	EXPECT(dissector_nats, 4222,
	       "service server sender nats\nnats.server server sender product=NATS Server;version=2.9.10\n",
	       C("PING\r\n"), S("INFO {\"version\":\"2.9.10\"}\r\nPONG\r\n"));
	EXPECT(dissector_nats, 4222, "not\n", C("PONG\r\n"));
	EXPECT(dissector_stomp, 61613,
	       "user.name client sender bob\nservice server sender stomp\nstomp.server server sender ActiveMQ/5.15.9\n",
	       C("CONNECT\naccept-version:1.2\nlogin:bob\npasscode:x\n\n\0"),
	       S("CONNECTED\nserver:ActiveMQ/5.15.9\nversion:1.2\n\n\0"));
	EXPECT(dissector_stomp, 61613, "service server sender stomp\n", C("CONNECT\n\n\0"),
	       S("CONNECTED\nversion:1.2\n\nserver:none\n\0"));
	EXPECT(dissector_stomp, 61613, "not\n", C("CONNECT example.org:443 HTTP/1.1\r\n"));
}

#define DESCRIPTOR "(DESCRIPTION=(CONNECT_DATA=(SID=x)(CID=(PROGRAM=C:\\bin\\sqlplus.exe)(HOST=WS7)(USER=bob))))"

static void oracle_clients_and_servers_are_told(void **state)
{
	EXPECT(dissector_oracle, 1521,
	       "user.name client sender bob\n"
	       "device.name client sender WS7\n"
	       "oracle.client client sender product=sqlplus.exe\n"
	       "service server sender oracle\n"
	       "oracle.version server sender TNS 11.2.0.4.0\n",
	       C("\0\x65\0\0\1\0\0\0\1\x3a\1\x2c" DESCRIPTOR),
	       S("\0\x3c\0\0\4\0\0\0\x22\0\0\x30"
		 "(DESCRIPTION=(TMP=)(VSNNUM=186647552)(ERR=12514))"));
	EXPECT(dissector_oracle, 1521,
	       "user.name client sender bob\n"
	       "device.name client sender WS7\n"
	       "oracle.client client sender product=sqlplus.exe\n"
	       "service server sender oracle\n"
	       "oracle.version server sender Oracle Database 11g Release 11.2.0.4.0\n",
	       C("\0\x65\0\0\1\0\0\0\1\x3a\1\x2c" DESCRIPTOR), S("\0\x0c\0\0\2\0\0\0\1\x3a\0\0"),
	       S("\0\x35\0\0\6\0\0\0\0\0\3s"
		 "Oracle Database 11g Release 11.2.0.4.0\1\2\3"));
	/* a long one comes behind the request */
	EXPECT(dissector_oracle, 1521,
	       "user.name client sender bob\n"
	       "device.name client sender WS7\n"
	       "oracle.client client sender product=sqlplus.exe\n"
	       "service server sender oracle\n",
	       C("\0\x0c\0\0\1\0\0\0\1\x3a\1\x2c\0\x63\0\0\6\0\0\0\0\0" DESCRIPTOR), S("\0\x0c\0\0\2\0\0\0\1\x3a\0\0"));
	EXPECT(dissector_oracle, 1521, "not\n", C("\0\x65\0\1\1\0\0\0\1\x3a\1\x2c"));
	EXPECT(dissector_oracle, 1521, "not\n", C("\0\x65\0\0\6\0\0\0\1\x3a\1\x2c"));
}

static void sql_browsers_list_instances(void **state)
{
	EXPECT_UDP(
		dissector_sqlbrowser, 1434,
		"service server sender ms-sql-m\n"
		"device.name server sender DB1\n"
		"sqlBrowser.instance server sender product=Microsoft SQL Server;vendor=Microsoft;version=15.0.2000.5;"
		"instance=MSSQLSERVER\n",
		C("\2"),
		S("\5\x55\0ServerName;DB1;InstanceName;MSSQLSERVER;IsClustered;No;Version;15.0.2000.5;tcp;1433;;"));
	EXPECT_UDP(dissector_sqlbrowser, 1434, "", C("\2"),
		   S("\5\x54\0ServerName;DB1;InstanceName;MSSQLSERVER;Version;1;;"));
	EXPECT_UDP(dissector_sqlbrowser, 1434, "", C("\7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mongodb_drivers_and_servers_are_told),
		cmocka_unit_test(redis_servers_and_libraries_are_told),
		cmocka_unit_test(memcached_tells_its_version),
		cmocka_unit_test(cassandra_drivers_are_told),
		cmocka_unit_test(amqp_brokers_and_clients_are_told),
		cmocka_unit_test(kafka_clients_are_told),
		cmocka_unit_test(brokers_of_text_are_told),
		cmocka_unit_test(oracle_clients_and_servers_are_told),
		cmocka_unit_test(sql_browsers_list_instances),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
