module interop

go 1.21

require github.com/tencent-connect/botgo v0.2.1

require (
	github.com/go-resty/resty/v2 v2.6.0 // indirect
	github.com/gorilla/websocket v1.4.2 // indirect
	github.com/tidwall/gjson v1.9.3 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
	golang.org/x/net v0.19.0 // indirect
	golang.org/x/oauth2 v0.23.0 // indirect
	golang.org/x/sync v0.1.0 // indirect
)
