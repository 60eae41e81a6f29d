/* Programs and devices that announce themselves over UDP, and small protocols that tell who answers. */
#include "dissect_test.h"

#include "dissect_fixture.h"

extern const struct dissector dissector_announce, dissector_capwap, dissector_game, dissector_iax, dissector_kasa,
	dissector_rx, dissector_xdmcp;

static void routers_and_switches(void **state)
{
	EXPECT_UDP(dissector_announce, 5678,
		   "device.name client sender core-1\n"
		   "announce.device client sender vendor=MikroTik;model=RB750Gr3;firmware=6.47.7 (stable)\n",
		   C("\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\5\0\6core-1\0\7\0\17"
		     "6.47.7 (stable)\0\10\0\10MikroTik\0\12"
		     "\0\4M\0\0\0\0\14\0\10RB750Gr3\0\20\0\6ether1"));
	EXPECT_UDP(dissector_announce, 5678, "", C("\0\0\0\0"));
	EXPECT_UDP(dissector_announce, 10001,
		   "announce.device client sender vendor=Ubiquiti;model=UniFi Gateway 3P;firmware=4.3.33\n"
		   "device.name client sender roof\n",
		   C("\2\6\0R\1\0\6\2\0\0\0\0\2\13\0\4roof\14\0\4UGW3\3\0\25UniFi.ER-e120.v4.3.33\26\0\6"
		     "4.3.33\25\0\4UGW3\24\0\20UniFi Gateway 3P"));
	EXPECT_UDP(dissector_announce, 10001,
		   "announce.device client sender vendor=Ubiquiti;model=N5N;firmware=XW.ar934x.v5.6.5.29033\n",
		   C("\1\0\0&\13\0\4ubnt\3\0\26XW.ar934x.v5.6.5.29033\14\0\3N5N"));
	EXPECT_UDP(dissector_announce, 63322,
		   "device.name server sender desk-switch\n"
		   "announce.device server sender vendor=NETGEAR;kind=switch;model=GS108Ev3;firmware=2.06.17EN\n",
		   C("\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0NSDP\0\0\0\0\0\1\0\0\0\3\0\0"),
		   S("\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0NSDP\0\0\0\0\0\1\0\10GS108Ev3\0\3\0\13des"
		     "k-switch\0\4\0\6\2\0\0\0\0\3\0\15\0\11"
		     "2.06.17EN\377\377\0\0"));
}

static void programs(void **state)
{
	EXPECT_UDP(dissector_announce, 17500,
		   "announce.program client sender product=Dropbox;vendor=Dropbox\n"
		   "device.name client sender desk\n",
		   C("{\"host_int\": 128486, \"version\": [2, 0], \"displayname\": \"desk\", \"port\": 17500, \""
		     "namespaces\": [1]}"));
	EXPECT_UDP(dissector_announce, 17500, "", C("{\"messageType\":\"UPDATE\"}"));
	EXPECT_UDP(dissector_announce, 2190,
		   "announce.program client sender product=minidlna\n"
		   "device.name client sender nas\n",
		   C("TiVoConnect=1\12"
		     "swversion=1.0\12"
		     "method=broadcast\12"
		     "identity=uuid:1\12"
		     "machine=nas\12"
		     "platform=pc/minidlna\12"
		     "services=x\12"));
	EXPECT_UDP(dissector_announce, 2190,
		   "announce.device client sender "
		   "vendor=TiVo;model=Series3;serial=6520001802DDEAD;firmware=11.0d-01-2-652;kind=video recorder\n"
		   "device.name client sender Den\n",
		   C("tivoconnect=1\12"
		     "method=broadcast\12"
		     "platform=tcd/Series3\12"
		     "machine=Den\12"
		     "identity=6520001802DDEAD\12"
		     "swversion=11.0d-01-2-652\12"));
	EXPECT_UDP(dissector_announce, 1716,
		   "announce.program client sender product=KDE Connect;vendor=KDE\n"
		   "announce.device client sender kind=laptop\n"
		   "device.name client sender lap\n",
		   C("{\"id\":1,\"type\":\"kdeconnect.identity\",\"body\":{\"deviceName\":\"lap\",\"deviceType\""
		     ":\"laptop\",\"protocolVersion\":7,\"tcpPort\":1716}}\12"));
	EXPECT_UDP(
		dissector_announce, 32414,
		"device.name server sender media\n"
		"announce.server server sender product=Plex Media Server;vendor=Plex;version=1.32.5.7349-8f4248874\n",
		S("HTTP/1.0 200 OK\15\12"
		  "Content-Type: plex/media-server\15\12"
		  "Name: media\15\12"
		  "Port: 32400\15\12"
		  "Version: 1.32.5.7349-8f4248874\15\12"
		  "\15\12"));
	EXPECT_UDP(dissector_announce, 3483,
		   "device.name server sender music\n"
		   "announce.server server sender product=Lyrion Music Server;version=7.9.2\n"
		   "service server sender slim-devices\n",
		   S("ENAME\5musicVERS\5"
		     "7.9.2"));
	EXPECT_UDP(dissector_announce, 27036,
		   "device.name client sender gamer-pc\n"
		   "announce.program client sender product=Steam;vendor=Valve;system=16\n",
		   C("\377\377\377\377!L_\240\5\0\0\0\10\271`\20\1\30\0\0\0\10\10\20\6\30\234\323\1\"\10gamer-p"
		     "c0\1"
		     "8\20@\1"));
}

static void things(void **state)
{
	EXPECT_UDP(dissector_announce, 6666,
		   "announce.device client sender vendor=Tuya;serial=bf01;kind=smart home device\n",
		   C("\0\0U\252\0\0\0\0\0\0\0\0\0\0\0\0{\"ip\":\"192.0.2.9\",\"gwId\":\"bf01\",\"active\":2,\"p"
		     "roductKey\":\"key\",\"version\":\"3.1\"}\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_announce, 37020,
		   "announce.device server sender "
		   "vendor=Hikvision;model=DS-2CD2142FWD-I;serial=DS-2CD2142FWD-I2016;firmware=V5.4.5build 170124\n",
		   S("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\12"
		     "<ProbeMatch><Types>inquiry</Types><DeviceDescription>DS-2CD2142FWD-I</DeviceDescription><"
		     "DeviceSN>DS-2CD2142FWD-I2016</DeviceSN><SoftwareVersion>V5.4.5build 170124</SoftwareVersi"
		     "on></ProbeMatch>"));
	EXPECT_UDP(dissector_announce, 37810,
		   "announce.device server sender vendor=Dahua;model=IPC-HFW1230S;serial=4H01;firmware=2.622.0\n"
		   "device.name server sender gate\n",
		   S(" \0\0\0DHIP\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0{\"method\":\"client.notifyDev"
		     "Info\",\"params\":{\"deviceInfo\":{\"DeviceType\":\"IPC-HFW1230S\",\"SerialNo\":\"4H01\","
		     "\"Version\":\"2.622.0\",\"Vendor\":\"Dahua\",\"MachineName\":\"gate\"}}}"));
	EXPECT_UDP(dissector_announce, 8611,
		   "announce.device server sender vendor=Canon;model=MG5300 series;serial=0A01;kind=printer\n"
		   "service server sender canon-bjnp1\n",
		   C("BJNP\1"
		     "0\0\0\0\0\0\0\0\0\0\0"),
		   S("BJNP\2010\0\0\0\0\0\0\0\0\0K\0KMFG:Canon;CMD:BJL;MDL:MG5300 series;CLS:PRINTER;DES:Canon "
		     "MG5300;SN:0A01;"));
	EXPECT_UDP(dissector_announce, 6454,
		   "announce.device server sender model=Node 4;kind=lighting controller;firmware=2.5\n",
		   S("Art-Net\0\0!\300\0\2\7"
		     "6\31\2\5\0\0\0\0\0\0\0\0Node 4\0\0\0\0\0\0\0\0\0\0\0\0Node of the stage\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_announce, 3956,
		   "announce.device server sender "
		   "vendor=Basler;model=acA1300-60gm;serial=21887654;firmware=106204-18;kind=camera\n"
		   "device.name server sender line2\n"
		   "service server sender gvcp\n",
		   S("\0\0\0\3\0\370\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0Basler\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0acA1300-60gm\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0"
		     "106204-18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "21887654\0\0\0\0\0\0\0\0line2\0\0\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_announce, 48899,
		   "device.name server sender CX-0D7560\n"
		   "os.name server sender Windows NT 10.0.17763\n"
		   "announce.server server sender product=TwinCAT;vendor=Beckhoff;version=3.1.4024\n"
		   "service server sender ads\n",
		   C("\3f\24q\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		   S("\3f\24q\1\0\0\0\1\0\0\200\0\0\0\0\0\0\0\0\3\0\0\0\5\0\12"
		     "\0CX-0D7560\0\4\0\24\0\24\1\0\0\12"
		     "\0\0\0\0\0\0\0cE\0\0\2\0\0\0\3\0\4\0\3\1\270\17"));
	EXPECT_UDP(dissector_kasa, 9999,
		   "service server sender tplink-smarthome\n"
		   "announce.device server sender vendor=TP-Link;model=HS110(EU);serial=8006F2;firmware=1.2.5 Build "
		   "171213\n",
		   C("\320\362\201\370\213\377\232\367\325\357\224\266\321\264\300\237\354\225\346\217\341\207\350"
		     "\312\360\213\366\213\366"),
		   S("\320\362\201\370\213\377\232\367\325\357\224\266\321\264\300\237\354\225\346\217\341\207\350"
		     "\312\360\213\251\332\255\362\204\341\223\261\213\251\230\266\204\252\237\277\375\210\341\215"
		     "\351\311\370\317\376\314\375\316\354\300\342\212\375\242\324\261\303\341\333\371\310\346\326"
		     "\364\330\372\227\370\234\371\225\267\215\257\347\264\205\264\204\254\351\274\225\267\233\271"
		     "\335\270\316\247\304\241\350\214\256\224\266\216\276\216\270\376\314\356\302\340\201\355\204"
		     "\345\226\264\216\254\300\241\314\274\236\343\236\343"));
	EXPECT(dissector_kasa, 9999,
	       "service server sender tplink-smarthome\n"
	       "announce.device server sender vendor=TP-Link;model=HS110(EU);serial=8006F2;firmware=1.2.5 Build "
	       "171213\n",
	       C("\0\0\0\35\320\362\201\370\213\377\232\367\325\357\224\266\321\264\300\237\354\225\346\217"
		 "\341\207\350\312\360\213\366\213\366"),
	       S("\0\0\0\200\320\362\201\370\213\377\232\367\325\357\224\266\321\264\300\237\354\225\346\217"
		 "\341\207\350\312\360\213\251\332\255\362\204\341\223\261\213\251\230\266\204\252\237\277\375"
		 "\210\341\215\351\311\370\317\376\314\375\316\354\300\342\212\375\242\324\261\303\341\333\371"
		 "\310\346\326\364\330\372\227\370\234\371\225\267\215\257\347\264\205\264\204\254\351\274\225"
		 "\267\233\271\335\270\316\247\304\241\350\214\256\224\266\216\276\216\270\376\314\356\302\340"
		 "\201\355\204\345\226\264\216\254\300\241\314\274\236\343\236\343"));
}

static void access_points(void **state)
{
	EXPECT_UDP(dissector_capwap, 5246,
		   "device.name client sender ap-lobby\n"
		   "capwap.device client sender kind=access point;model=AP-22;serial=SN42;hardware=1.0;firmware=5.4.2\n"
		   "service server sender capwap-control\n"
		   "device.name server sender wlc-1\n"
		   "capwap.device server sender kind=wireless controller;hardware=WLC;firmware=8.10.1\n",
		   C("\0\20\2\0\0\0\0\0\0\0\0\1\1\0J\0\0&\0\25\0\0"
		     "7c\0\0\0\5AP-22\0\1\0\4SN42\0'\0\36\2\2\1\1\0\2\0\0"
		     "7c\0\0\0\3"
		     "1.0\0\0"
		     "7c\0\1\0\5"
		     "5.4.2\0-\0\10ap-lobby"),
		   S("\0\20\2\0\0\0\0\0\0\0\0\2\1\0"
		     "5\0\0\1\0%\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "7c\0\4\0\3WLC\0\0"
		     "7c\0\5\0\6"
		     "8.10.1\0\4\0\5wlc-1"));
	EXPECT_UDP(dissector_capwap, 5246,
		   "device.name client sender APb838.61f3.05ac\n"
		   "capwap.device client sender kind=access point;hardware=1.0.0.0;firmware=7.5.102.0;vendor=Cisco\n",
		   C("\0\20\2\0\0\0\0\0\0\0\0\1\1\0=\0\0'\0\34\2\2\0\1\0@\226\0\0\0\0\4\1\0\0\0\0@\226\0\0\1\0\4"
		     "\7\5f\0\0%\0\26\0@\226\0\0\5APb838.61f3.05ac"));
	EXPECT_UDP(dissector_capwap, 5246, "", C("\1\0\0\0\26\376\377"));
}

static void games(void **state)
{
	EXPECT_UDP(dissector_game, 27015,
		   "service server sender source-query\n"
		   "game.server server sender product=Counter-Strike: "
		   "Source;version=1.0.0.70;folder=cstrike;system=Linux\n",
		   C("\377\377\377\377TSource Engine Query\0"),
		   S("\377\377\377\377I\21My server\0de_dust2\0cstrike\0Counter-Strike: Source\0\360\0\5 \0dl\0"
		     "\1"
		     "1.0.0.70\0"));
	EXPECT_UDP(dissector_game, 27960,
		   "service server sender quake\n"
		   "game.server server sender engine=ioq3 1.36 linux-x86_64 Apr 1 2020;game=baseq3\n",
		   C("\377\377\377\377getstatus\12"),
		   S("\377\377\377\377statusResponse\12"
		     "\\version\\ioq3 1.36 linux-x86_64 Apr 1 2020\\gamename\\baseq3\\sv_hostname\\x\12"
		     "5 40 \"p\"\12"));
	EXPECT_UDP(dissector_game, 19132,
		   "service server sender minecraft\n"
		   "game.server server sender product=Minecraft Bedrock server;version=1.19.1\n",
		   C("\1\0\0\0\0\0\0\0\0\0\377\377\0\376\376\376\376\375\375\375\375\22"
		     "4Vx\0\0\0\0\0\0\0\0"),
		   S("\34\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\0\376\376\376\376\375\375\375\375\22"
		     "4Vx\0RMCPE;Hi;527;1.19.1;0;10;13253860892328930865;Bedrock level;Survival;1;19132;19133;"));
	EXPECT_UDP(dissector_game, 8303,
		   "service server sender teeworlds\ngame.server server sender product=DDNet;version=16.4\n",
		   C("\377\377\377\377\377\377\377\377\377\377gie3\1"),
		   S("\377\377\377\377\377\377\377\377\377\377inf3"
		     "1\0000.6.4, 16.4\0My server [0/64]\0Tutorial\0"));
	EXPECT_UDP(dissector_game, 2342,
		   "service server sender doom\ngame.server server sender product=Chocolate Doom;version=3.0.0\n",
		   C("\0\15"), S("\0\16Chocolate Doom 3.0.0\0\0\0\10"));
	EXPECT_UDP(dissector_game, 53, "",
		   C("\22"
		     "4\1\0\0\1\0\0\0\0\0\0"));
}

static void others(void **state)
{
	EXPECT_UDP(dissector_xdmcp, 177,
		   "service server sender xdmcp\n"
		   "device.name server sender host\n"
		   "xdmcp.status server sender Linux 2.6.32-5-686\n",
		   C("\0\1\0\2\0\1\0"), S("\0\1\0\5\0\34\0\0\0\4host\0\22Linux 2.6.32-5-686"));
	EXPECT_UDP(dissector_rx, 7001,
		   "service server sender afs3-callback\n"
		   "rx.version server sender OpenAFS 1.8.9-1-debian 2022-12-16\n",
		   C("W\17\265`\\?\311\210\0\0\0\1\0\0\0\1\0\0\0\1\15\1\0\0\0\0\0I\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
		     "\0\0\0\0\0"),
		   S("W\17\265`\\?\311\210\0\0\0\1\0\0\0\1\0\0\0\1\15\0\0\0\0\0\0I OpenAFS 1.8.9-1-debian 2022-"
		     "12-16\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
	EXPECT_UDP(dissector_rx, 7003, "service server sender afs3-vlserver\n",
		   C("W\17\265`\\?\311\210\0\0\0\1\0\0\0\1\0\0\0\1\1\5\0\0\0\0\0I\0\0\1\370"),
		   S("W\17\265`\\?\311\210\0\0\0\1\0\0\0\1\0\0\0\1\1\4\0\0\0\0\0I\0\0\0\1"));
	EXPECT_UDP(dissector_iax, 4569,
		   "user.name client sender alice\n"
		   "service server sender iax\n",
		   C("\200\1\0\0\0\0\0\3\0\0\6\1\13\2\0\2\1\3"
		     "200\6\5alice"),
		   S("\200\2\0\0\0\0\0\3\0\0\6\4"));
	EXPECT_UDP(dissector_iax, 4569, "", C("\0\1\0\0"));
}

static void rooms_and_routers(void **state)
{
	EXPECT_UDP(dissector_announce, 2362,
		   "device.name server sender dock-3\n"
		   "announce.device server sender "
		   "vendor=Digi;firmware=82002160_K;model=Digi Connect WAN\n",
		   C("DIGI\000\001\000\006\377\377\377\377\377\377"),
		   S("DIGI\000\002\000A\001\006\002\000\000\000\000\001\004\006dock-"
		     "3\010\035Ve"
		     "rsion 82002160_K 06/05/2013\015\020Digi Connect WAN"));
	EXPECT_UDP(dissector_announce, 9999,
		   "device.name client sender nas-2\n"
		   "announce.device client sender "
		   "vendor=Synology;model=DS920+;serial=2040SBRX1;firmware=7.2.1-"
		   "69057;kind=storage\n",
		   C("\0224VxSYNO\021\005nas-2\022\004\300\000\002\001w\0137.2.1-"
		     "69057x\006DS92"
		     "0+\300\0112040SBRX1"));
	EXPECT_UDP(dissector_announce, 9999, "", C("\0224VxSYNO\001\004\001\000\000\000"));
	EXPECT_UDP(dissector_announce, 25826,
		   "announce.program client sender product=collectd;vendor=collectd\n"
		   "device.name client sender web-3\n",
		   C("\000\000\000\012web-"
		     "3\000\000\010\000\014\000\000\000\000\000\000\000\000"
		     "\000\002\000\010cpu\000"));
	EXPECT_UDP(dissector_announce, 9131,
		   "announce.device client sender "
		   "kind=projector;vendor=NEC;model=NP-PA600U;firmware=1.2.0\n",
		   C("AMXB<-UUID=0005A6><-SDKClass=VideoProjector><-Make=NEC><-Model="
		     "NP-PA600U>"
		     "<-Revision=1.2.0>\015"));
	EXPECT_UDP(dissector_announce, 41794,
		   "announce.device server sender "
		   "vendor=Crestron;model=TSW-760;firmware=1.003.0017\n"
		   "device.name server sender ROOM-1\n",
		   C("\024\000\000\000\001\004\000\003\000\000pc\000\000\000\000\000"
		     "\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000"),
		   S("\025\000\000\000\001\004\000\003\000\000ROOM-"
		     "1\000\000\000\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000TSW"
		     "-760 [v1.0"
		     "03.0017 (Feb 12 2018), #7F0011]\000"));
	{
		static const struct step steps[] = {
			C("\000\001\000\036\012\000\000\001\000\000\001\000\000\024\000\000\000"
			  "\001\004"
			  "\000\000\004\000\017\000\000\004\001\000\004\012\000\000\001")};
		struct talk talk = TALK(steps, dissector_announce, 646);
		talk.udp = true;
		talk.sport = 646;
		talk_expect(&talk, "announce.device client sender kind=router\n");
	}
	{
		static const struct step steps[] = {
			C("\002\002\000\000\000\002\000\000\012\000\000\000\377\377\377\000\000"
			  "\000\000"
			  "\000\000\000\000\001")};
		struct talk talk = TALK(steps, dissector_announce, 520);
		talk.udp = true;
		talk.sport = 520;
		talk_expect(&talk, "announce.device client sender kind=router\n");
	}
	EXPECT_UDP(dissector_announce, 520, "",
		   C("\001\001\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\020"));
}

static void peers_and_consoles(void **state)
{
	EXPECT_UDP(dissector_announce, 987,
		   "device.name server sender PS4-123\n"
		   "announce.device server sender vendor=Sony;kind=game "
		   "console;model=PlayStation 4;firmware=6.72\n",
		   C("SRCH * HTTP/1.1\012device-discovery-protocol-version:00020020\012"),
		   S("HTTP/1.1 620 Server "
		     "Standby\012host-id:1234567890AB\012host-type:PS4\012h"
		     "ost-name:PS4-123\012host-request-port:997\012device-discovery-"
		     "protocol-ve"
		     "rsion:00020020\012system-version:06720001\012"));
	EXPECT_UDP(dissector_announce, 9993,
		   "announce.program client sender product=ZeroTier "
		   "One;vendor=ZeroTier;version=1.10.2\n",
		   C("\001\001\001\001\001\001\001\001\002\002\002\002\002\003\003"
		     "\003\003\003\000"
		     "\004\004\004\004\004\004\004\004\001\013\001\012\000\002\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"));
	EXPECT_UDP(dissector_announce, 9993, "",
		   C("\001\001\001\001\001\001\001\001\002\002\002\002\002\003\003"
		     "\003\003\003\010"
		     "\004\004\004\004\004\004\004\004\001\013\001\012\000\002\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"
		     "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
		     "\000\000\000\000"));
	EXPECT_UDP(dissector_announce, 41641, "announce.program client sender product=Tailscale;vendor=Tailscale\n",
		   C("TS\360\237\222\254\007\007\007\007\007\007\007\007\007\007\007\007\007"
		     "\007"
		     "\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007"
		     "\007\007"
		     "\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007"
		     "\007\007"
		     "\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007\007"
		     "\007\007"
		     "\007\007\007\007\007\007\007\007\007"));
	EXPECT_UDP(dissector_announce, 21027, "announce.program client sender product=Syncthing;vendor=Syncthing\n",
		   C(".\247\331\013\012 "
		     "\005\005\005\005\005\005\005\005\005\005\005\005\005\005"
		     "\005\005\005\005\005\005\005\005\005\005\005\005\005\005\005\005\005"
		     "\005"));
	EXPECT_UDP(dissector_announce, 3838, "announce.program client sender product=Resilio Sync;vendor=Resilio\n",
		   C("BSYNC\000d1:m4:ping4:peer20:01234567890123456789e"));
	EXPECT_UDP(dissector_announce, 57621, "announce.program client sender product=Spotify;vendor=Spotify\n",
		   C("SpotUdp0\001\002\003\004\005\006\007\010"));
	{
		static const struct step steps[] = {
			C("\001\000\000\001\000\000\002\000\000\000\000\001\001\034\000d\000"
			  "\000\000"
			  "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
			  "\000\000"
			  "\000\000")};
		struct talk talk = TALK(steps, dissector_announce, 3222);
		talk.udp = true;
		talk.sport = 3222;
		talk_expect(&talk, "announce.device client sender kind=router\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routers_and_switches),
		cmocka_unit_test(peers_and_consoles),
		cmocka_unit_test(rooms_and_routers),
		cmocka_unit_test(programs),
		cmocka_unit_test(things),
		cmocka_unit_test(access_points),
		cmocka_unit_test(games),
		cmocka_unit_test(others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
