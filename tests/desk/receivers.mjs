// Those who are told of decisions: a site that takes deliveries, and Coral's GraphQL, with the types that Coral's documents
// give for what naqd asks. Writes its port to PORT_FILE, and a line for all that arrives to RECEIVED.
import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { buildSchema, graphql } from "graphql";

const { PORT_FILE, RECEIVED, CORAL_TOKEN, COMMENT } = process.env;
const schema = buildSchema(`
  scalar Cursor
  enum COMMENT_STATUS { NONE APPROVED REJECTED PREMOD SYSTEM_WITHHELD }
  enum REJECTION_REASON_CODE {
    OFFENSIVE ABUSIVE SPAM BANNED_WORD AD ILLEGAL_CONTENT HARASSMENT_BULLYING MISINFORMATION HATE_SPEECH IRRELEVANT_CONTENT OTHER
  }
  type Story { id: ID! url: String! }
  type CommentRevision { id: ID! body: String }
  type Comment { id: ID! body: String revision: CommentRevision status: COMMENT_STATUS! story: Story! }
  type PageInfo { hasNextPage: Boolean! endCursor: Cursor }
  type CommentsConnection { nodes: [Comment!]! pageInfo: PageInfo! }
  type User { id: ID! allComments(first: Int = 10, after: Cursor): CommentsConnection! }
  input RejectCommentReasonInput {
    code: REJECTION_REASON_CODE! legalGrounds: String detailedExplanation: String customReason: String
  }
  input ApproveCommentInput { commentID: ID! commentRevisionID: ID! clientMutationId: String! }
  input RejectCommentInput {
    commentID: ID! commentRevisionID: ID! reason: RejectCommentReasonInput clientMutationId: String!
  }
  type CommentPayload { comment: Comment clientMutationId: String! }
  type Query { user(id: ID!): User }
  type Mutation {
    approveComment(input: ApproveCommentInput!): CommentPayload!
    rejectComment(input: RejectCommentInput!): CommentPayload!
  }
`);

const story = { id: "s-1", url: "https://news.example/gallery" };
const comments = [
  { id: "c-2", body: "<div>another comment of the author</div>", revision: { id: "c-2-r1" }, status: "NONE", story },
  // As Coral's editor stores it, which is not as its phase sends it.
  { id: "c-1", body: `<div>${COMMENT}</div>`, revision: { id: "c-1-r1" }, status: "SYSTEM_WITHHELD", story },
];
const note = (what, data) => appendFileSync(RECEIVED, `${JSON.stringify({ what, ...data })}\n`);
const moderate = (status, { input }) => {
  const comment = comments.find(({ id, revision }) => id === input.commentID && revision.id === input.commentRevisionID);
  if (!comment) throw new Error("COMMENT_NOT_FOUND");
  comment.status = status;
  note("coral", { status, id: comment.id, reason: input.reason ?? null });
  return { comment, clientMutationId: input.clientMutationId };
};
const root = {
  // In pages of one comment, whatever is asked for.
  user: ({ id }) => id !== "a-77" ? null : {
    id,
    allComments: ({ after }) => ({
      nodes: [comments[after ? 1 : 0]],
      pageInfo: { hasNextPage: !after, endCursor: after ?? "2026-11-30T08:00:00.000Z" },
    }),
  },
  approveComment: input => moderate("APPROVED", input),
  rejectComment: input => moderate("REJECTED", input),
};

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  if (request.url === "/naqd") {
    note("delivery", { signature: request.headers["x-naqd-signature"], body });
    response.writeHead(204).end();
  } else if (request.url === "/api/graphql" && request.headers.authorization === `Bearer ${CORAL_TOKEN}`) {
    const { query, variables } = JSON.parse(body);
    const answer = await graphql({ schema, source: query, variableValues: variables, rootValue: root });
    if (answer.errors) note("refused", { errors: answer.errors.map(({ message }) => message) });
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  } else {
    response.writeHead(401).end();
  }
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync(`${PORT_FILE}.new`, String(server.address().port));
  renameSync(`${PORT_FILE}.new`, PORT_FILE);
});
