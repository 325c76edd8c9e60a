package main

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// UserProjection has the members that the benchmark's records have, typed as a controller in Go would have them.
type UserProjection struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status,omitempty"`
}

type Spec struct {
	SyncConfigurationRef Ref                        `json:"syncConfigurationRef"`
	Source               Source                     `json:"source"`
	Target               Tenant                     `json:"target"`
	Mode                 string                     `json:"mode"`
	Lifecycle            string                     `json:"lifecycle"`
	InvitedAddress       string                     `json:"invitedAddress,omitempty"`
	SourceDisabled       bool                       `json:"sourceDisabled,omitempty"`
	Attributes           map[string]json.RawMessage `json:"attributes,omitempty"`
	OnCreate             map[string]json.RawMessage `json:"onCreate,omitempty"`
	Clear                []string                   `json:"clear,omitempty"`
	Manager              *Manager                   `json:"manager,omitempty"`
	Revision             string                     `json:"revision"`
}

type Ref struct {
	Name string `json:"name"`
}

type Source struct {
	TenantID          string `json:"tenantId"`
	ObjectID          string `json:"objectId"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
}

type Tenant struct {
	TenantID string `json:"tenantId"`
}

type Manager struct {
	SourceObjectID string `json:"sourceObjectId"`
}

type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	State              string             `json:"state,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	TargetUser         TargetUser         `json:"targetUser,omitempty"`
	LastWriteAt        string             `json:"lastWriteAt,omitempty"`
	AppliedRevision    string             `json:"appliedRevision,omitempty"`
	AppliedContent     string             `json:"appliedContent,omitempty"`
	WriteOnlyRevision  string             `json:"writeOnlyRevision,omitempty"`
	Warnings           []Warning          `json:"warnings,omitempty"`
	History            []Entry            `json:"history,omitempty"`
}

type TargetUser struct {
	ObjectID          string `json:"objectId,omitempty"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	UserType          string `json:"userType,omitempty"`
	ExternalUserState string `json:"externalUserState,omitempty"`
	Origin            string `json:"origin,omitempty"`
	CreatedAt         string `json:"createdAt,omitempty"`
	MailEnabled       *bool  `json:"mailEnabled,omitempty"`
	ManagerID         string `json:"managerId,omitempty"`
}

type Warning struct {
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

type Entry struct {
	At                 string   `json:"at"`
	CycleID            string   `json:"cycleId,omitempty"`
	Action             string   `json:"action"`
	Status             string   `json:"status"`
	ModifiedAttributes []string `json:"modifiedAttributes,omitempty"`
	Reason             string   `json:"reason,omitempty"`
}

type UserProjectionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []UserProjection `json:"items"`
}

// DeepCopyObject copies the outermost part alone: the peer hands no object out.
func (record *UserProjection) DeepCopyObject() runtime.Object {
	copied := *record
	return &copied
}

// DeepCopyObject copies the list, and not what is in it.
func (list *UserProjectionList) DeepCopyObject() runtime.Object {
	copied := *list
	copied.Items = append([]UserProjection(nil), list.Items...)
	return &copied
}
