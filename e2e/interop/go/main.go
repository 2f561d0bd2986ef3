// A BotGo bot that answers what begins with "hello". The hosts are variables of BotGo's package constant.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tencent-connect/botgo"
	"github.com/tencent-connect/botgo/constant"
	"github.com/tencent-connect/botgo/dto"
	"github.com/tencent-connect/botgo/event"
	"github.com/tencent-connect/botgo/openapi"
	"github.com/tencent-connect/botgo/token"
)

func main() {
	constant.APIDomain = os.Getenv("BOT_API_URL")
	constant.TokenDomain = os.Getenv("BOT_API_URL")

	credentials := &token.QQBotCredentials{AppID: os.Getenv("BOT_APPID"), AppSecret: os.Getenv("BOT_SECRET")}
	source := token.NewQQBotTokenSource(credentials)
	ctx := context.Background()
	if err := token.StartRefreshAccessToken(ctx, source); err != nil {
		fail(err)
	}
	api := botgo.NewOpenAPI(credentials.AppID, source).WithTimeout(5 * time.Second)
	gateway, err := api.WS(ctx, nil, "")
	if err != nil {
		fail(err)
	}
	intent := event.RegisterHandlers(handlers(ctx, api)...)
	if err := botgo.NewSessionManager().Start(gateway, source, &intent); err != nil {
		fail(err)
	}
}

func handlers(ctx context.Context, api openapi.OpenAPI) []interface{} {
	return []interface{}{
		event.ReadyHandler(func(*dto.WSPayload, *dto.WSReadyData) { fmt.Println("event READY") }),
		event.ATMessageEventHandler(func(payload *dto.WSPayload, data *dto.WSATMessageData) error {
			if answer := answerTo(data.ID, data.Content); answer != nil {
				_, err := api.PostMessage(ctx, data.ChannelID, answer)
				complain(err)
			}
			return understood(payload, data)
		}),
		event.DirectMessageEventHandler(func(payload *dto.WSPayload, data *dto.WSDirectMessageData) error {
			if answer := answerTo(data.ID, data.Content); answer != nil {
				_, err := api.PostDirectMessage(ctx, &dto.DirectMessage{GuildID: data.GuildID}, answer)
				complain(err)
			}
			return understood(payload, data)
		}),
		event.GroupATMessageEventHandler(func(payload *dto.WSPayload, data *dto.WSGroupATMessageData) error {
			if answer := answerTo(data.ID, data.Content); answer != nil {
				_, err := api.PostGroupMessage(ctx, data.GroupID, answer)
				complain(err)
			}
			return understood(payload, data)
		}),
		event.C2CMessageEventHandler(func(payload *dto.WSPayload, data *dto.WSC2CMessageData) error {
			if answer := answerTo(data.ID, data.Content); answer != nil {
				_, err := api.PostC2CMessage(ctx, data.Author.ID, answer)
				complain(err)
			}
			return understood(payload, data)
		}),
		event.GuildEventHandler(understood[*dto.WSGuildData]),
		event.GuildMemberEventHandler(understood[*dto.WSGuildMemberData]),
		event.ChannelEventHandler(understood[*dto.WSChannelData]),
		event.MessageReactionEventHandler(understood[*dto.WSMessageReactionData]),
		event.PublicMessageDeleteEventHandler(understood[*dto.WSPublicMessageDeleteData]),
		event.DirectMessageDeleteEventHandler(understood[*dto.WSDirectMessageDeleteData]),
		event.MessageAuditEventHandler(understood[*dto.WSMessageAuditData]),
		event.AudioEventHandler(understood[*dto.WSAudioData]),
		event.ThreadEventHandler(understood[*dto.WSThreadData]),
		event.PostEventHandler(understood[*dto.WSPostData]),
		event.ReplyEventHandler(understood[*dto.WSReplyData]),
		event.ForumAuditEventHandler(understood[*dto.WSForumAuditData]),
		event.InteractionEventHandler(understood[*dto.WSInteractionData]),
		event.SubscribeMsgStatusEventHandler(understood[*dto.WSSubscribeMsgStatus]),
		event.C2CFriendEventHandler(understood[*dto.WSC2CFriendData]),
		event.EnterAIOEventHandler(understood[*dto.WSEnterAIOData]),
		// What BotGo has no type for.
		event.PlainEventHandler(func(payload *dto.WSPayload, _ []byte) error { return understood(payload, payload) }),
	}
}

func understood[Data any](payload *dto.WSPayload, _ Data) error {
	fmt.Println("event", payload.Type)
	return nil
}

func answerTo(id, content string) *dto.MessageToCreate {
	text := strings.TrimSpace(content[strings.LastIndex(content, ">")+1:])
	if !strings.HasPrefix(text, "hello") {
		return nil
	}
	return &dto.MessageToCreate{Content: "botgo heard: " + text, MsgID: id, MsgSeq: 1}
}

func complain(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func fail(err error) {
	complain(err)
	os.Exit(1)
}
